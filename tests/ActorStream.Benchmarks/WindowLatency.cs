using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Benchmarks;

/// <summary>From the moment the watermark can reach a window's end, and from the commit that takes it there, to the window's result in the results topic; at a constant rate into an embedded topic of four partitions.</summary>
internal static class WindowLatency
{
    private const int PerSecond = 100_000;
    private const int DelayMs = 1_000;
    private const int BatchMs = 20;
    private const int Partitions = 4;

    public static async Task<IReadOnlyList<Row>> RunAsync(int seconds)
    {
        var folder = Folders.Fresh();
        var (pipeline, output) = (Path.Combine(folder, "latency.conf"), Path.Combine(folder, "out.jsonl"));
        await File.WriteAllTextAsync(pipeline, $$"""
            pipeline {
              id = latency
              source { type = topic, topic = events }
              windows = [{ type = tumbling, size_ms = 1000 }]
              watermark { delay_ms = {{DelayMs}} }
              sinks = [{ type = file, name = out, target = "{{output}}" }]
            }
            """);
        List<(long Watermark, double AtMs)> committed;
        await using (var node = await BenchNode.StartAsync("ingest,worker", "127.0.0.1:9", more: new Dictionary<string, IReadOnlyList<string>> { ["actorstream.pipelines"] = [pipeline] }))
        {
            using var stop = new CancellationTokenSource();
            var watching = WatchAsync(node.Storage.Commits, stop.Token);
            await SendAsync(node.Storage.Topics, seconds);
            await Task.Delay(TimeSpan.FromSeconds(5));
            await stop.CancelAsync();
            committed = await watching;
        }
        // The first windows belong to the start.
        var results = File.ReadLines(output).Select(TimesOf).Skip(3_000).ToList();
        Directory.Delete(folder, recursive: true);
        if (results.Count == 0)
            return [new Row("event -> window result", "not run", $"--seconds is {seconds}; the first windows belong to the start, give at least 5")];
        return
        [
            new Row(
                $"event -> window result, {PerSecond:N0} events/s, tumbling 1 s, 1,000 keys", Figures.Percentiles([.. results.Select(r => r.AppendedMs - r.EndMs - DelayMs)]),
                $"from the window's end plus the watermark delay ({DelayMs} ms), when the event that closes it is appended, to the append of its result; a checkpoint a second, state.db FULL, sender in the node's process, {seconds} s"),
            new Row(
                "the same beyond watermark delay and commit", Figures.Percentiles([.. results.Select(r => r.AppendedMs - CommittedMs(r.EndMs))]),
                "from the commit that takes the least watermark of the four partitions to the window's end (the rows are looked at each millisecond) to the append of its result"),
        ];

        double CommittedMs(double endMs) => committed.First(c => c.Watermark >= endMs).AtMs;
    }

    /// <summary>When the commit rows were first seen to hold a watermark: every rise, in order.</summary>
    private static async Task<List<(long Watermark, double AtMs)>> WatchAsync(ICommitStore commits, CancellationToken stop)
    {
        var seen = new List<(long Watermark, double AtMs)> { (long.MinValue, 0) };
        while (!stop.IsCancellationRequested)
        {
            var rows = commits.RowsOf("pipeline.latency");
            var watermark = rows.Count < Partitions ? long.MinValue : rows.Min(r => r.Row.MaxEventTime) - DelayMs;
            if (watermark > seen[^1].Watermark)
                seen.Add((watermark, Milliseconds(TimeProvider.System.GetUtcNow())));
            await Task.Delay(1, CancellationToken.None);
        }
        return seen;
    }

    private static (double EndMs, double AppendedMs) TimesOf(string line)
    {
        var result = JsonDocument.Parse(line).RootElement;
        return (TimeOf(result, "window_end"), TimeOf(result, "processing_time"));
    }

    private static double TimeOf(JsonElement result, string name) => Milliseconds(DateTimeOffset.Parse(result.GetProperty(name).GetString()!, CultureInfo.InvariantCulture));

    private static double Milliseconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    private static async Task SendAsync(ITopicStore topics, int seconds)
    {
        var keys = Enumerable.Range(0, 1_000).Select(k => $"k{k}").Select(k => (Bytes: Encoding.UTF8.GetBytes(k), Name: k, Partition: StableHash.Bucket(k, Partitions))).ToArray();
        var (start, sent) = (Stopwatch.GetTimestamp(), 0L);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(BatchMs));
        while (Stopwatch.GetElapsedTime(start).TotalSeconds is var elapsed && elapsed < seconds)
        {
            var writers = Enumerable.Range(0, Partitions).Select(_ => new RecordBatchWriter()).ToArray();
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            for (; sent < elapsed * PerSecond; sent++)
            {
                var (bytes, name, partition) = keys[sent % keys.Length];
                writers[partition].Add(bytes, Encoding.UTF8.GetBytes($$"""{"partition_key":"{{name}}","event_time":{{now}},"value":1}"""));
            }
            await topics.AppendAsync("events", [.. writers.Select((w, p) => new NewBatch(p, w.Count, w.Written.ToArray())).Where(b => b.Count > 0)]);
            await pace.WaitForNextTickAsync();
        }
    }
}
