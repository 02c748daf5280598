using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Mock;

/// <summary>Made-up events as a log: nothing is kept, since a record can be made again from its partition and offset.</summary>
/// <param name="fields">What the members of an event are called.</param>
/// <param name="time">Paces them.</param>
public sealed class MockLog(MockSpec spec, EventFields fields, TimeProvider time) : IRecordLog
{
    public int Partitions => spec.Partitions;

    public Source<TopicChunk, ITopicHint> Open(PartitionId partition, CommitRow row) =>
        Source.FromGraph(new MockSource(new MockEvents(spec, fields, partition.Partition), new MockPace(spec, partition.Partition, row.Position), row.Position, time));

    /// <summary>A mock without end is never at its end: the next event is sure to come, so no partition falls idle.</summary>
    public (long Head, bool HasEnded) EndOf(int partition) => (spec.CountOf(partition), spec.Count > 0);
}
