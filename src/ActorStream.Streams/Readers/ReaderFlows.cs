using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>The graphs of a reader, one step a line.</summary>
internal static class ReaderFlows
{
    /// <summary>topic -> decode -> dead letters -> entities, committed behind them.</summary>
    public static IRunnableGraph<(ITopicHint, IReaderControl)> ToEntities(ReaderParts parts, ReaderGroup group, PartitionId partition, CommitRow row) =>
        TopicOf(parts, partition, row)
            .Select(group.Decoder(partition, row).Decode)
            .SelectAsync(1, chunk => StoreLetters(parts.DeadLetters, chunk))
            .ToMaterialized(Sink.FromGraph(new DispatchStage(partition, row, group, parts.Commits, DueLookOf(parts, group, partition), parts.Bounds, parts.Time)), (hint, control) => (hint, control))
            .WithAttributes(ActorAttributes.CreateDispatcher(parts.Dispatcher));

    private static DueLook? DueLookOf(ReaderParts parts, ReaderGroup group, PartitionId partition) =>
        group.JudgesSilence ? new DueLook(partition, parts.Topics, parts.Due, parts.Time) : null;

    /// <summary>alarms topic -> history table; rows and position in one transaction (protocol.md rule 29).</summary>
    public static IRunnableGraph<(ITopicHint, IReaderControl)> ToHistory(ReaderParts parts, PartitionId partition, CommitRow row) =>
        TopicOf(parts, partition, row)
            .ToMaterialized(Sink.FromGraph(new HistorySink(partition, row, parts.History, parts.Time)), (hint, control) => (hint, control))
            .WithAttributes(ActorAttributes.CreateDispatcher(parts.Dispatcher));

    private static Source<TopicChunk, ITopicHint> TopicOf(ReaderParts parts, PartitionId partition, CommitRow row) => parts.Kafka is { } kafka && KafkaBackend.Holds(partition.Topic)
        ? kafka.Source(partition, row, parts.Chunk)
        : Source.FromGraph(new TopicSource(parts.Topics, partition.Topic, partition.Partition, row.Position, parts.Chunk.RecordsMax, parts.Chunk.BytesMax));

    /// <summary>Durable before the commit that passes them; nearly always there are none, and then nothing is awaited.</summary>
    private static Task<DecodedChunk> StoreLetters(IDeadLetterStore store, DecodedTopicChunk decoded) =>
        decoded.Letters.Count == 0 ? Task.FromResult(decoded.Chunk) : StoreAsync(store, decoded);

    private static async Task<DecodedChunk> StoreAsync(IDeadLetterStore store, DecodedTopicChunk decoded)
    {
        await store.AddAsync(decoded.Letters).ConfigureAwait(false);
        return decoded.Chunk;
    }
}

/// <summary>What every reader of a node needs.</summary>
/// <param name="Dispatcher">Readers do file I/O: they run on a dispatcher of their own.</param>
public sealed record ReaderParts(
    ITopicStore Topics, ICommitStore Commits, IDeadLetterStore DeadLetters, IAlarmHistory History, IDueTable Due, TimeProvider Time, ReaderBounds Bounds, ChunkBounds Chunk, string Dispatcher)
{
    public LocalReaders Local { get; } = new();

    /// <summary>Null: every topic is embedded.</summary>
    public KafkaBackend? Kafka { get; init; }
}

/// <summary>One read of a partition ends at either bound.</summary>
public sealed record ChunkBounds(int RecordsMax = 16_384, int BytesMax = 2 << 20);
