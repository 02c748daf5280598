using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Windows;

/// <summary><c>actorstream run</c> as its users start it.</summary>
public sealed class RunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-run-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_that_was_killed_goes_on_with_the_same_command_and_no_line_is_torn_lost_or_there_twice()
    {
        var (pipeline, input) = (Pipeline(), Input(1_500_000));
        var output = Path.Combine(_folder, "out.jsonl");
        string[] command = ["run", "--pipeline", pipeline, "--file", input, "--output", output, "--data", Path.Combine(_folder, "data")];
        // While somebody still writes the input the run cannot end, so the kill comes before its end however fast it is.
        File.WriteAllBytes(input + ".growing", []);
        using (var first = Start(command))
        {
            await Until.HoldsAsync(() => Task.FromResult(File.Exists(output) && new FileInfo(output).Length > 0), Patience, () => "No result was written.");
            first.Kill();
            await first.WaitForExitAsync();
        }
        File.Delete(input + ".growing");
        var atKill = new FileInfo(output).Length;

        var (code, _, error) = await RunAsync(command);

        Assert.True(code == 0, error);
        Assert.Contains("1,500,000 in = ", error, StringComparison.Ordinal);
        var due = PlainWindows.Fixed([Events], "tumbling", 1_000, 1_000, 2_000);
        var file = ResultLog.OfFile(output);
        Assert.Equal(due.Windows.OrderBy(w => w.Key, StringComparer.Ordinal), file.Final.OrderBy(w => w.Key, StringComparer.Ordinal));
        Assert.Equal((due.Windows.Count, 0L), (file.Lines, due.Books.LateRejected));
        Assert.True(new FileInfo(output).Length > atKill, "The kill came before the end.");
    }

    [Fact]
    public async Task Standard_input_to_standard_output_prints_results_and_nothing_else()
    {
        var (code, output, error) = await RunAsync(["run", "--pipeline", Pipeline(), "--file", "-", "--output", "-"], """
            {"partition_key":"a","event_time":"2026-01-01T00:00:00Z","value":1}

            nonsense
            {"partition_key":"a","event_time":"2026-01-01T00:00:00.5Z","value":2}
            """);

        Assert.True(code == 0, error);
        var line = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.Equal(("tumbling_a_1767225600000", 3), (line.GetProperty("window_id").GetString(), line.GetProperty("data").GetProperty("sum").GetInt32()));
        Assert.Contains("events: 3 in = 2 on time + 0 late accepted + 0 late rejected + 1 unreadable", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mock_with_a_count_needs_no_file_and_every_window_of_it_fires()
    {
        var pipeline = Path.Combine(_folder, "mock.conf");
        File.WriteAllText(pipeline, "pipeline { source { type = mock, partitions = 3, keys = 5, rate = 10000, count = 20000, out_of_order_ms = 300 }\n windows = [{ type = tumbling, size_ms = 500 }]\n watermark { delay_ms = 300 } }");
        var output = Path.Combine(_folder, "mock.jsonl");

        var (code, _, error) = await RunAsync(["run", "--pipeline", pipeline, "--output", output]);

        Assert.True(code == 0, error);
        Assert.Contains("events: 20,000 in = 20,000 on time + 0 late accepted + 0 late rejected + 0 unreadable", error, StringComparison.Ordinal);
        // Two seconds of event time in halves, and what lies before their beginning, for five keys.
        var file = ResultLog.OfFile(output);
        Assert.Equal((5 * 5, 20_000L), (file.Lines, file.Final.Values.Sum(w => w.Count)));
    }

    [Fact]
    public async Task A_mock_without_a_count_is_refused_because_it_has_no_end()
    {
        var pipeline = Path.Combine(_folder, "mock.conf");
        File.WriteAllText(pipeline, "pipeline { source { type = mock }\n windows = [{ type = tumbling, size_ms = 500 }] }");

        var (code, _, error) = await RunAsync(["run", "--pipeline", pipeline, "--output", "-"]);

        Assert.Equal(1, code);
        Assert.Contains("a mock without end: give source.count", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.yaml", "", "The pipeline missing.yaml does not exist")]
    [InlineData("p.yaml", "missing.jsonl", "The input missing.jsonl does not exist")]
    public async Task A_missing_file_is_a_message_on_standard_error_and_exit_1(string pipeline, string input, string said)
    {
        Pipeline();
        var (code, _, error) = await RunAsync(["run", "--pipeline", pipeline == "p.yaml" ? Path.Combine(_folder, pipeline) : pipeline, "--file", input, "--output", "-"]);

        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    private List<LoggedEvent> Events { get; } = [];

    private string Pipeline()
    {
        var path = Path.Combine(_folder, "p.yaml");
        File.WriteAllText(path, "windowing:\n  windows:\n    - type: tumbling\n      size_ms: 1000\nwatermarks:\n  delay_seconds: 2\n");
        return path;
    }

    private string Input(int events)
    {
        var random = new Random(3);
        var path = Path.Combine(_folder, "in.jsonl");
        using var writer = new StreamWriter(path);
        for (var i = 0; i < events; i++)
        {
            var e = new LoggedEvent($"k{random.Next(50)}", 1_700_000_000_000 + (i / 20) - random.Next(1_900), random.Next(100));
            Events.Add(e);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"partition_key\":\"{e.Key}\",\"event_time\":{e.TimeMs},\"value\":{e.Value}}}\n"));
        }
        return path;
    }

    private static Process Start(IEnumerable<string> arguments, bool withInput = false) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "actorstream.dll"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = withInput, UseShellExecute = false })!;

    private static async Task<(int Code, string Output, string Error)> RunAsync(IEnumerable<string> arguments, string? input = null)
    {
        using var process = Start(arguments, input is not null);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }
}
