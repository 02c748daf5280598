using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Kafka;

namespace ActorStream.Streams.Readers;

/// <summary>The commit rows of all partitions that one group reads, as its readers see them each second (protocol.md rule 11).</summary>
internal sealed class PartitionRows(ReaderParts parts, ReaderGroup group, PartitionId own)
{
    /// <summary>One per partition; null where no reader has claimed it yet, or a topic made anew has not been claimed again.</summary>
    /// <param name="committed">This partition's own, which is known better here.</param>
    public IReadOnlyList<CommitRow?> Read(CommitRow committed)
    {
        var rows = new CommitRow?[group.Log?.Partitions ?? parts.Topics.PartitionsOf(group.Topic)];
        foreach (var (partition, row) in parts.Commits.RowsOf(group.Name))
        {
            if (partition.Topic == own.Topic && partition.Partition < rows.Length && IsOfOneTopic(partition, row, committed))
                rows[partition.Partition] = row;
        }
        rows[own.Partition] = committed;
        return rows;
    }

    /// <summary>While brokers do not say where a partition ends, silence does not mean that it is at its end.</summary>
    public (long Head, bool HasEnded) End() => group.Log?.EndOf(own.Partition) ?? (InKafka is { } kafka ? kafka.HeadOf(own) ?? long.MaxValue : parts.Topics.StateOf(own.Topic, own.Partition).Head, false);

    private KafkaBackend? InKafka => parts.Kafka is { } kafka && KafkaBackend.Holds(own.Topic) ? kafka : null;

    private bool IsOfOneTopic(PartitionId partition, CommitRow row, CommitRow committed) =>
        InKafka is null ? partition.Incarnation == own.Incarnation : KafkaBackend.AreOfOneTopic((partition, row), (own, committed));
}
