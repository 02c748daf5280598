using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Kafka;

namespace ActorStream.Streams.Readers;

/// <summary>The commit rows of all partitions that one group reads, of a join those of both topics, as its readers see them each second (protocol.md rule 11).</summary>
internal sealed class PartitionRows(ReaderParts parts, ReaderGroup group, PartitionId own)
{
    /// <summary>One per partition; null where no reader has claimed it yet, or a topic made anew has not been claimed again.</summary>
    /// <param name="committed">This partition's own, which is known better here.</param>
    public IReadOnlyList<CommitRow?> Read(CommitRow committed)
    {
        var all = parts.Commits.RowsOf(group.Name);
        var rows = RowsOf(all, group.Log?.Partitions ?? parts.Topics.PartitionsOf(own.Topic), (own, committed));
        rows[own.Partition] = committed;
        return group.OtherTopic is { } other ? [.. rows, .. RowsOfOther(all, other)] : rows;
    }

    /// <summary>While brokers do not say where a partition ends, silence does not mean that it is at its end.</summary>
    public (long Head, bool HasEnded) End() => group.Log?.EndOf(own.Partition) ?? (InKafka(own.Topic) is { } kafka ? kafka.HeadOf(own) ?? long.MaxValue : parts.Topics.StateOf(own.Topic, own.Partition).Head, false);

    /// <summary>In Kafka it is the readers that find out that a topic was made anew: the row of the greatest incarnation knows it.</summary>
    private CommitRow?[] RowsOfOther(IReadOnlyList<(PartitionId Partition, CommitRow Row)> all, string topic)
    {
        var count = parts.Topics.PartitionsOf(topic);
        var those = all.Where(r => r.Partition.Topic == topic && (InKafka(topic) is not null || r.Partition.Incarnation == parts.Topics.IncarnationOf(topic))).ToList();
        return those.Count == 0 ? new CommitRow?[count] : RowsOf(those, count, those.MaxBy(r => r.Partition.Incarnation));
    }

    private CommitRow?[] RowsOf(IReadOnlyList<(PartitionId Partition, CommitRow Row)> all, int count, (PartitionId Partition, CommitRow Row) known)
    {
        var (rows, isKafka) = (new CommitRow?[count], InKafka(known.Partition.Topic) is not null);
        foreach (var (partition, row) in all)
        {
            if (partition.Topic == known.Partition.Topic && partition.Partition < count
                && (isKafka ? KafkaBackend.AreOfOneTopic((partition, row), known) : partition.Incarnation == known.Partition.Incarnation))
            {
                rows[partition.Partition] = row;
            }
        }
        return rows;
    }

    private KafkaBackend? InKafka(string topic) => parts.Kafka is { } kafka && KafkaBackend.Holds(topic) ? kafka : null;
}
