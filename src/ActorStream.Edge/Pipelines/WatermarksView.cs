using ActorStream.Domain.Records;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Pipelines;

/// <param name="Watermarks">By partition, <c>{pipeline}/{topic}/{partition}</c>; null: no time yet, or its source has ended.</param>
/// <param name="GlobalWatermark">The least of them; null while a partition has no time, or all have ended.</param>
/// <param name="Partitions">The same with what explains it.</param>
internal sealed record WatermarksView(IReadOnlyDictionary<string, DateTimeOffset?> Watermarks, DateTimeOffset? GlobalWatermark, WatermarkStats Stats, IReadOnlyList<WatermarkLine> Partitions)
{
    public static WatermarksView Of(IPipelineFacade node, IReadOnlyList<PipelineView> pipelines, DateTimeOffset now)
    {
        var lines = pipelines.SelectMany(p => node.PartitionsOf(p.Spec).Select(partition => (Pipeline: p, Partition: partition, Line: WatermarkLine.Of(p, partition, now)))).ToArray();
        var least = lines.Length == 0 || lines.Any(l => l.Partition.WatermarkMs is null) ? null : lines.Min(l => l.Partition.WatermarkMs);
        var lags = lines.Select(l => l.Line.LagSeconds).OfType<double>().ToArray();
        var stats = new WatermarkStats(
            lines.Length, pipelines.Select(p => p.Spec.Watermark.DelayMs).DefaultIfEmpty(0).Max() / 1000.0, pipelines.Any(p => p.IsRunning),
            lags.Length == 0 ? null : lags.Min(), lags.Length == 0 ? null : lags.Max(), lags.Length == 0 ? null : lags.Average());
        return new WatermarksView(lines.ToDictionary(l => l.Line.Partition, l => l.Line.Watermark), least is { } ms ? Reply.Time(ms) : null, stats, [.. lines.Select(l => l.Line)]);
    }
}

/// <param name="WatermarkDelaySeconds">The greatest of the pipelines asked for.</param>
/// <param name="Running">One of them is.</param>
/// <param name="MinLagSeconds">Null, like the others: no partition has a time.</param>
internal sealed record WatermarkStats(int PartitionCount, double WatermarkDelaySeconds, bool Running, double? MinLagSeconds, double? MaxLagSeconds, double? AvgLagSeconds);

/// <param name="LagSeconds">By this node's clock; 0 of a source that has ended; null: no time yet.</param>
/// <param name="HoldsBack">No partition of the pipeline is behind this one: its windows wait for it.</param>
/// <param name="LagRecords">Records not yet committed; null: only its reader knows.</param>
internal sealed record WatermarkLine(string Partition, string PipelineId, DateTimeOffset? Watermark, double? LagSeconds, bool Idle, bool HoldsBack, long? LagRecords)
{
    public static WatermarkLine Of(PipelineView pipeline, PipelinePartitionView partition, DateTimeOffset now) => new(
        partition.Name, pipeline.Spec.Id, partition.WatermarkMs is { } ms ? Reply.Time(ms) : null,
        partition.WatermarkMs is { } at ? Math.Max(0, now.ToUnixTimeMilliseconds() - at) / 1000.0 : null, partition.IsIdle, partition.HoldsBack, partition.Held);
}
