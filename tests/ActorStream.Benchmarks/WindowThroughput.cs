using System.Diagnostics;
using System.Globalization;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;

namespace ActorStream.Benchmarks;

/// <summary>Event-time windows from a file of JSON lines to a file of results, durable: read -> decode -> windows -> checkpoint -> results topic -> file.</summary>
internal static class WindowThroughput
{
    private const int Entities = 1_000;

    /// <summary>Event time runs a hundred events a millisecond, so that 20,000,000 of them span 200 s.</summary>
    public const int EventsPerMs = 100;
    public const long StartMs = 1_700_000_000_000;

    public static async Task<IReadOnlyList<Row>> RunAsync(long events)
    {
        var folder = Folders.Fresh();
        Directory.CreateDirectory(folder);
        try
        {
            var input = Path.Combine(folder, "in.jsonl");
            await WriteAsync(input, events, Entities);
            return
            [
                await MeasureAsync(folder, input, events, "tumbling 10 s, 1,000 keys", """{ type = tumbling, size_ms = 10000 }"""),
                await MeasureAsync(folder, input, events, "sliding 60 s by 1 s, 1,000 keys", """{ type = sliding, size_ms = 60000, slide_ms = 1000 }"""),
                await MeasureAsync(folder, input, events, "sessions with a gap of 30 ms, 1,000 keys", """{ type = session, gap_ms = 30 }"""),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Row> MeasureAsync(string folder, string input, long events, string what, string window)
    {
        var (pipeline, output) = (Path.Combine(folder, "bench.conf"), Path.Combine(folder, $"{Guid.NewGuid():N}.jsonl"));
        await File.WriteAllTextAsync(pipeline, $$"""
            pipeline {
              id = bench
              source { type = file, paths = ["{{input}}"], bounded = on }
              key = entity
              time = ts
              windows = [{{window}}]
              watermark { delay_ms = 0 }
              sinks = [{ type = file, name = out, target = "{{output}}" }]
            }
            """);
        var (startAt, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
        await using var node = await BenchNode.StartAsync("ingest,worker", "127.0.0.1:9", more: new Dictionary<string, IReadOnlyList<string>> { ["actorstream.pipelines"] = [pipeline] });
        var readers = node.Get<NodeParts>().Readers.Local;
        while (!readers.Running.Any(r => r.Progress.Next > 0))
            await Task.Delay(1);
        var (readAt, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        while (Committed(node) < events)
            await Task.Delay(5);
        var committed = Stopwatch.GetElapsedTime(readAt);
        var results = await EndAsync(node);
        var (took, used, all) = (Stopwatch.GetElapsedTime(readAt), Process.GetCurrentProcess().TotalProcessorTime - cpu, Stopwatch.GetElapsedTime(startAt));
        return new Row(
            $"windows, {what}", $"**{events / took.TotalSeconds:N0} events/s**",
            $"{events:N0} JSON lines of 52 bytes in one file, a checkpoint of each of 64 key groups a second, state.db FULL, from the first line read to the last of {results:N0} results in the file; {took.TotalSeconds:0.0} s ({committed.TotalSeconds:0.0} s to the last commit), {used / took:0.00} cores, {used.TotalMicroseconds / events:0.00} µs of CPU and {(GC.GetTotalAllocatedBytes() - allocated) / (double)events:0} bytes allocated an event; with the start of the node {events / all.TotalSeconds:N0} events/s");
    }

    /// <summary>Until every window has fired and every result is in the file.</summary>
    private static async Task<long> EndAsync(BenchNode node)
    {
        var facade = node.Get<INodeFacade>();
        while (true)
        {
            var groups = await facade.WindowGroupsAsync("bench", CancellationToken.None);
            var head = node.Storage.Topics.StateOf("results.bench", 0).Head;
            if (groups.Count == 64 && groups.All(g => g.HasFiredUpTo(PartitionId.EndOfTime)) && node.Storage.Commits.RowsOf("sink.bench.out").Sum(r => r.Row.Position) == head)
                return head;
            await Task.Delay(20);
        }
    }

    private static long Committed(BenchNode node) => node.Storage.Commits.RowsOf("pipeline.bench").Sum(r => r.Row.Counters.Records);

    /// <summary>Lines of about 52 bytes; event time runs by <see cref="EventsPerMs"/>.</summary>
    public static async Task WriteAsync(string path, long events, int entities)
    {
        var random = new Random(7);
        await using var writer = new StreamWriter(path, append: false, System.Text.Encoding.ASCII, 1 << 20);
        for (long i = 0; i < events; i++)
            writer.Write($"{LineOf($"e{random.Next(entities):0000}", i, random)}\n");
    }

    public static string LineOf(string entity, long i, Random random) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"entity\":\"{entity}\",\"ts\":{StartMs + (i / EventsPerMs)},\"value\":{10 + random.Next(90)}.{random.Next(100):00}}}");
}
