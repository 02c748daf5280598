using System.Globalization;
using System.Text.Json;
using ActorStream.Scenarios.Support;
using Microsoft.Data.Sqlite;

namespace ActorStream.Scenarios.Sinks;

/// <summary>Window results in a real InfluxDB, beside the file sink's as the measure.</summary>
public sealed class InfluxTests(ITestOutputHelper output) : IDisposable
{
    private const long StartMs = 1_764_000_000_000;
    private const long WeekMs = 7 * 86_400_000L;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] Keys = ["plain", "a,b=c d", "größer \"データ\"", "back\\slash\\,comma", "C:\\", "$1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-influx-run-").FullName;

    private string Output => Path.Combine(_folder, "out.jsonl");

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task Every_result_is_one_point_after_a_run_that_was_killed_in_its_midst()
    {
        await using var influx = await InfluxServer.StartAsync();
        // Windows of a second; the last of each hundred events is late and accepted.
        WriteEvents(Enumerable.Range(0, 300_000).Select(i => (Keys[i % Keys.Length], StartMs + (10L * i) - (i % 100 == 99 ? 1_000_000 : 0), i % 7 * 0.1)));
        var pipeline = WritePipeline(influx.Target);

        using (var killed = Start(pipeline))
        {
            await Until.HoldsAsync(async () => killed.HasEnded || (await influx.QueryAsync("SELECT count(sum) FROM p")).Count > 0, Patience, () => killed.Tail(20));
            killed.Kill();
            var before = (await InfluxPoints.InAsync(influx)).Count;
            output.WriteLine($"killed with {before} points written{(killed.Printed.Contains("results:", StringComparison.Ordinal) ? ", at its very end" : "")}");
        }
        await RunAsync(pipeline);

        var written = InfluxPoints.InFile(Output);
        var points = await InfluxPoints.InAsync(influx);
        Assert.Equal(written.Count, points.Count);
        Assert.All(written, result => Assert.Equal(result.Value, points[result.Key]));
    }

    [SkippableFact]
    public async Task Points_that_it_refuses_are_dead_letters_with_its_answer_and_the_others_are_there()
    {
        await using var influx = await InfluxServer.StartAsync();
        // In this week of this measurement sum is a text: InfluxDB takes no number there.
        await influx.WriteAsync($"p,key=other sum=\"text\" {StartMs}");
        WriteEvents(Enumerable.Range(0, 3).Select(i => ("k", StartMs + (1_000L * i), 1.0)).Concat(Enumerable.Range(0, 50).Select(i => ("k", StartMs + (2 * WeekMs) + (1_000L * i), 2.0))));

        await RunAsync(WritePipeline(influx.Target));

        var points = await InfluxPoints.InAsync(influx);
        Assert.Equal(InfluxPoints.InFile(Output).Keys.Where(k => k.StartMs > StartMs + WeekMs).Order(), points.Keys.Order());
        Assert.Equal(50, points.Count);
        var letters = DeadLetters();
        Assert.Equal(3, letters.Count);
        Assert.All(letters, l => Assert.Contains("InfluxDB answered 400: {\"error\":\"partial write: field type conflict", l, StringComparison.Ordinal));
    }

    private async Task RunAsync(string pipeline)
    {
        using var run = Start(pipeline);
        var code = await run.EndedAsync(Patience);
        output.WriteLine(run.Tail(6));
        Assert.Equal(0, code);
        Assert.DoesNotContain(InfluxServer.Token.Split(':')[1], run.Printed, StringComparison.Ordinal);
    }

    private ActorStreamProcess Start(string pipeline) =>
        ActorStreamProcess.Start(["run", "--pipeline", pipeline, "--data", Data], new Dictionary<string, string> { ["ACTORSTREAM_INFLUXDB_TOKEN"] = InfluxServer.Token });

    private void WriteEvents(IEnumerable<(string Key, long TimeMs, double Value)> events) => File.WriteAllLines(
        Path.Combine(_folder, "in.jsonl"),
        events.Select(e => $$"""{"partition_key":{{JsonSerializer.Serialize(e.Key)}},"event_time":{{e.TimeMs}},"value":{{e.Value.ToString("R", CultureInfo.InvariantCulture)}}}"""));

    private string WritePipeline(string target)
    {
        var path = Path.Combine(_folder, "p.json");
        File.WriteAllText(path, $$"""
            {"id": "p", "source": {"type": "file", "paths": [{{JsonSerializer.Serialize(Path.Combine(_folder, "in.jsonl"))}}], "bounded": true},
             "windows": [{"type": "tumbling", "size_ms": 1000, "allowed_lateness_ms": 2000000}], "watermark": {"delay_ms": 0, "max_jump_ms": 315360000000}, "checkpoint_ms": 100, "key_groups": 4,
             "sinks": [{"type": "file", "target": {{JsonSerializer.Serialize(Output)}}}, {"type": "influxdb", "target": "{{target}}"}]}
            """);
        return path;
    }

    private List<string> DeadLetters()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "state.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT reason || ' ' || detail FROM dead_letter WHERE reason = 'undeliverable'";
        using var reader = command.ExecuteReader();
        var letters = new List<string>();
        while (reader.Read())
            letters.Add(reader.GetString(0));
        return letters;
    }
}
