using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Windows;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>The graphs of a reader, one step a line.</summary>
internal static class ReaderFlows
{
    /// <summary>log -> decode -> dead letters -> entities, committed behind them; all but the first in one stage, since what it decodes depends on what it committed.</summary>
    public static IRunnableGraph<(ITopicHint, IReaderControl)> ToEntities(ReaderParts parts, ReaderGroup group, PartitionId partition, CommitRow row) =>
        (group.Log?.Open(partition, row) ?? TopicOf(parts, partition, row))
            .ToMaterialized(Sink.FromGraph(new DispatchStage(parts, group, partition, row, DueLookOf(parts, group, partition))), (hint, control) => (hint, control))
            .WithAttributes(ActorAttributes.CreateDispatcher(parts.Dispatcher));

    private static DueLook? DueLookOf(ReaderParts parts, ReaderGroup group, PartitionId partition) =>
        group.JudgesSilence ? new DueLook(partition, parts.Topics, parts.Due, parts.Time) : null;

    /// <summary>topic -> the outside; what is written and the position belong together (protocol.md rule 29).</summary>
    public static IRunnableGraph<(ITopicHint, IReaderControl)> ToSink(ReaderParts parts, SinkGroup sink, PartitionId partition, CommitRow row) =>
        TopicOf(parts, partition, row)
            .ToMaterialized(Sink.FromGraph(new ChunkSink(partition, row, () => sink.Open(parts, partition, row), parts.Time, ActivityOf(parts, sink))), (hint, control) => (hint, control))
            .WithAttributes(ActorAttributes.CreateDispatcher(parts.Dispatcher));

    private static SinkActivity? ActivityOf(ReaderParts parts, SinkGroup sink) =>
        sink.Pipeline is { } pipeline && parts.Telemetry is { } telemetry ? new SinkActivity(telemetry, pipeline, parts.Time) : null;

    private static Source<TopicChunk, ITopicHint> TopicOf(ReaderParts parts, PartitionId partition, CommitRow row) => parts.Kafka is { } kafka && KafkaBackend.Holds(partition.Topic)
        ? kafka.Source(partition, row, parts.Chunk)
        : Source.FromGraph(new TopicSource(parts.Topics, partition.Topic, partition.Partition, row.Position, parts.Chunk.RecordsMax, parts.Chunk.BytesMax));
}

/// <summary>What every reader of a node needs.</summary>
/// <param name="Dispatcher">Readers do file I/O: they run on a dispatcher of their own.</param>
public sealed record ReaderParts(
    ITopicStore Topics, ICommitStore Commits, IDeadLetterStore DeadLetters, IAlarmHistory History, IResultTable Results, IDueTable Due, TimeProvider Time, ReaderBounds Bounds, ChunkBounds Chunk, string Dispatcher)
{
    public LocalReaders Local { get; init; } = new();

    /// <summary>Told what readers of pipelines do; null: nobody listens.</summary>
    public PipelineTelemetry? Telemetry { get; init; }

    /// <summary>What the pipelines are and which of them run; null: there are none.</summary>
    public IPipelinesView? Pipelines { get; init; }

    /// <summary>Null: every topic is embedded.</summary>
    public KafkaBackend? Kafka { get; init; }
}

/// <summary>One read of a partition ends at either bound.</summary>
public sealed record ChunkBounds(int RecordsMax = 16_384, int BytesMax = 2 << 20);
