
namespace ActorStream.Benchmarks;

/// <summary>What ten thousand live metrics cost.</summary>
internal static class Memory
{
    private const int Metrics = 10_000;

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        var before = Settled();
        await using var sink = await WebhookSink.StartAsync();
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", sink.Host, async storage =>
        {
            await Workload.PutRulesAsync(storage.Compacted, Metrics, 1, m => sink.Url(m % 20));
            await Workload.FillAsync(storage.Topics, Metrics, 10 * Metrics);
        });
        while (AlarmThroughput.Committed(node.Storage) < 10 * Metrics)
            await Task.Delay(50);
        var live = Settled() - before;
        return [new Row("memory at 10,000 metrics with one rule each", $"{live / (1 << 20):N0} MiB", $"managed heap after a full collection, all entities alive, minus before the node; working set {Environment.WorkingSet / (1 << 20):N0} MiB")];
    }

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
