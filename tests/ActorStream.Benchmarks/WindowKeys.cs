using System.Diagnostics;
using ActorStream.Hosting.Facade;

namespace ActorStream.Benchmarks;

/// <summary>A million keys with one open window each: what they weigh, and how fast events go into them.</summary>
internal static class WindowKeys
{
    private const int Keys = 1_000_000;
    private const int EventsPerKey = 4;

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        var folder = Folders.Fresh();
        var (input, pipeline) = (Path.Combine(folder, "in.jsonl"), Path.Combine(folder, "keys.conf"));
        const long events = (long)Keys * EventsPerKey;
        await WindowThroughput.WriteAsync(input, events, Keys);
        await File.WriteAllTextAsync(pipeline, $$"""
            pipeline {
              id = keys
              source { type = file, paths = ["{{input}}"] }
              key = entity
              time = ts
              windows = [{ type = tumbling, size_ms = 86400000 }]
            }
            """);
        var before = Collected();
        await using var node = await BenchNode.StartAsync("ingest,worker", "127.0.0.1:9", more: new Dictionary<string, IReadOnlyList<string>> { ["actorstream.pipelines"] = [pipeline] });
        var startAt = Stopwatch.GetTimestamp();
        while (node.Storage.Commits.RowsOf("pipeline.keys").Sum(r => r.Row.Counters.Records) < events)
            await Task.Delay(20);
        var took = Stopwatch.GetElapsedTime(startAt);
        var groups = await node.Get<INodeFacade>().WindowGroupsAsync("keys", CancellationToken.None);
        var held = Collected() - before;
        var workingSet = Process.GetCurrentProcess().WorkingSet64 >> 20;
        Directory.Delete(folder, recursive: true);
        return
        [
            new Row(
                $"windows, {Keys:N0} keys with one open window each", $"{held >> 20:N0} MiB, {events / took.TotalSeconds:N0} events/s",
                $"managed heap after a full collection, minus before the node; {groups.Sum(g => (long)g.OpenWindows):N0} windows in 64 entities, working set {workingSet:N0} MiB; {events:N0} events, each of a random key, from the node's readiness to the last commit, {took.TotalSeconds:0.0} s"),
        ];
    }

    private static long Collected()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
