using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Nodes;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Windows;

namespace ActorStream.Hosting.Facade;

/// <summary>How far pipelines are, from their commit rows: the same from every node, and there while no reader runs.</summary>
internal sealed class PipelinePositions(NodeParts parts)
{
    public IReadOnlyList<PipelinePartitionView> Of(PipelineSpec pipeline)
    {
        var rows = RowsOf(pipeline);
        var least = rows.Count == 0 || rows.Any(r => r.Row is null) ? PartitionId.NoTime : rows.Min(r => r.Row!.MaxEventTime);
        return [.. rows.Select(r => View(pipeline, r.Partition, r.Row, least))];
    }

    /// <summary>One per partition; the row is null where no reader has claimed it yet.</summary>
    private IReadOnlyList<(PartitionId Partition, CommitRow? Row)> RowsOf(PipelineSpec pipeline)
    {
        if (pipeline.Source.LogPartitions is { } own)
            return RowsOf(pipeline, pipeline.SourceName, own, 1);
        var topics = pipeline.Join is { } join ? new[] { pipeline.SourceName, join.Topic } : [pipeline.SourceName];
        return [.. topics.SelectMany(t => RowsOf(pipeline, t, parts.Storage.Topics.PartitionsOf(t), parts.Storage.Topics.IncarnationOf(t)))];
    }

    private IReadOnlyList<(PartitionId Partition, CommitRow? Row)> RowsOf(PipelineSpec pipeline, string topic, int count, int incarnation)
    {
        // In Kafka each reader finds the incarnation of its partition.
        var isAny = TopicNames.IsKafka(topic);
        var rows = parts.Storage.Commits.RowsOf(pipeline.ReaderGroup)
            .Where(r => r.Partition.Topic == topic && (isAny || r.Partition.Incarnation == incarnation)).ToDictionary(r => r.Partition.Partition, r => r.Row);
        return [.. Enumerable.Range(0, count).Select(p => (new PartitionId(pipeline.ReaderGroup, topic, incarnation, p), rows.GetValueOrDefault(p)))];
    }

    private PipelinePartitionView View(PipelineSpec pipeline, PartitionId partition, CommitRow? row, long least)
    {
        var state = StateOf(partition);
        var time = row?.MaxEventTime ?? PartitionId.NoTime;
        var position = row?.Position ?? state?.First ?? 0;
        return new PipelinePartitionView(
            PipelineTelemetry.NameOf(pipeline.Id, partition), time == PartitionId.NoTime ? null : time - pipeline.Watermark.DelayMs, row?.Idle ?? false, time <= least,
            position, state?.Head, state is { } s ? Math.Max(0, s.Head - Math.Max(position, s.First)) : null, row?.Counters.Routed ?? 0, row?.Counters.Unreadable ?? 0)
        {
            Epoch = row?.Epoch ?? 0,
            Serial = row?.Serial ?? 0,
            ReaderId = partition.ReaderId,
        };
    }

    /// <summary>Null: only its reader knows.</summary>
    private PartitionState? StateOf(PartitionId partition) => TopicNames.IsLog(partition.Topic) ? null
        : TopicNames.IsKafka(partition.Topic) ? parts.Readers.Kafka?.StateOf(partition)
        : parts.Storage.Topics.StateOf(partition.Topic, partition.Partition);
}
