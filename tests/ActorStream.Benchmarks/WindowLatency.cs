using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Benchmarks;

/// <summary>From the moment the watermark can reach a window's end to its result in the results topic, at a constant rate into an embedded topic of four partitions.</summary>
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
        await using (var node = await BenchNode.StartAsync("ingest,worker", "127.0.0.1:9", more: new Dictionary<string, IReadOnlyList<string>> { ["actorstream.pipelines"] = [pipeline] }))
        {
            await SendAsync(node.Storage.Topics, seconds);
            await Task.Delay(TimeSpan.FromSeconds(5));
        }
        // The first windows belong to the start.
        var latencies = File.ReadLines(output).Select(LatencyOf).Skip(3_000).ToList();
        Directory.Delete(folder, recursive: true);
        return
        [
            new Row(
                $"event -> window result, {PerSecond:N0} events/s, tumbling 1 s, 1,000 keys", Figures.Percentiles(latencies),
                $"from the window's end plus the watermark delay ({DelayMs} ms), when the event that closes it is appended, to the append of its result; a checkpoint a second, state.db FULL, sender in the node's process, {seconds} s"),
        ];
    }

    private static double LatencyOf(string line)
    {
        var result = JsonDocument.Parse(line).RootElement;
        return (TimeOf(result, "processing_time") - TimeOf(result, "window_end")).TotalMilliseconds - DelayMs;
    }

    private static DateTimeOffset TimeOf(JsonElement result, string name) => DateTimeOffset.Parse(result.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

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
