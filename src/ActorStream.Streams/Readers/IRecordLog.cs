using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>A log that is no topic: files.</summary>
public interface IRecordLog
{
    int Partitions { get; }

    /// <summary>Reads on from the row's position, for ever or until the log ends.</summary>
    Source<TopicChunk, ITopicHint> Open(PartitionId partition, CommitRow row);

    /// <summary>The next offset the partition will give, and whether nothing will ever come any more.</summary>
    (long Head, bool HasEnded) EndOf(int partition);
}
