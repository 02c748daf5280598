using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;

namespace ActorStream.Streams.Sinks;

/// <summary>One use of a topic by the outside.</summary>
/// <param name="Name">Reader group; part of the commit row's key.</param>
/// <param name="Open">Opens the writer of one partition at its committed row; may throw, and is then tried again with backoff.</param>
public sealed record SinkGroup(string Name, string Topic, Func<ReaderParts, PartitionId, CommitRow, IChunkWriter> Open)
{
    /// <summary>Whose results it writes; null: no pipeline's.</summary>
    public PipelineSpec? Pipeline { get; init; }

    /// <summary>The history of alarms.</summary>
    public static SinkGroup History => new(TopicNames.HistoryGroup, TopicNames.Alarms, (parts, partition, row) => new HistoryWriter(partition, row, parts.History));
}
