using System.Diagnostics;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;

namespace ActorStream.Benchmarks;

/// <summary>The whole alarm path of one process: embedded topic -> decode -> evaluate -> checkpoint -> commit, durable.</summary>
internal static class AlarmThroughput
{
    public const int Metrics = 1_000;
    public const int RulesPerMetric = 10;

    public static async Task<(double PerSecond, IReadOnlyList<Row> Rows)> RunAsync(long samples)
    {
        await using var sink = await WebhookSink.StartAsync();
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", sink.Host, async storage =>
        {
            await Workload.PutRulesAsync(storage.Compacted, Metrics, RulesPerMetric, m => sink.Url(m % 20));
            await Workload.FillAsync(storage.Topics, Metrics, samples);
        });
        var allocated = GC.GetTotalAllocatedBytes();
        var (start, startAt) = (Committed(node.Storage), Stopwatch.GetTimestamp());
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        while (Committed(node.Storage) < samples)
            await Task.Delay(50);
        var took = Stopwatch.GetElapsedTime(startAt);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var perSecond = (samples - start) / took.TotalSeconds;
        var bytes = (GC.GetTotalAllocatedBytes() - allocated) / (double)(samples - start);
        var raised = Enumerable.Range(0, node.Storage.Topics.PartitionsOf(TopicNames.Alarms)).Sum(p => node.Storage.Topics.StateOf(TopicNames.Alarms, p).Head);
        return (perSecond, [new Row(
            $"alarms, one process, {Metrics:N0} metrics × {RulesPerMetric} rules, 0.1 % alarming",
            $"{perSecond:N0} samples/s",
            $"{samples:N0} samples of 30 bytes from the embedded topic to the commit, state.db FULL, a checkpoint per entity and second, {raised:N0} alarms appended, their history and delivery running beside; {took.TotalSeconds:0} s, {cpu / took:0.00} cores, {bytes:0.0} bytes allocated per sample")]);
    }

    public static long Committed(INodeStorage storage) => storage.Commits.RowsOf(TopicNames.AlarmsGroup).Sum(r => r.Row.Position);
}
