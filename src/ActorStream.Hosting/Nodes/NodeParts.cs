using ActorStream.Actors.Entities;
using ActorStream.Actors.Notices;
using ActorStream.Actors.Pipelines;
using ActorStream.Actors.Rules;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Windows;
using ActorStream.Wire.Topics;
using Akka.Actor;

namespace ActorStream.Hosting.Nodes;

/// <summary>What a node is made of besides its actors: made before the actor system starts, disposed after it ended.</summary>
public sealed class NodeParts : IAsyncDisposable
{
    private readonly SinkSurroundings _surroundings;

    /// <param name="chunk">How much readers read at once; null: the usual.</param>
    public NodeParts(NodeSettings settings, INodeStorage storage, TimeProvider time, ChunkBounds? chunk = null)
    {
        Settings = settings;
        _surroundings = new SinkSurroundings(Console.OpenStandardOutput(), settings.InfluxToken);
        Storage = storage;
        Time = time;
        Telemetry = new EntityTelemetry();
        Entities = new EntityServices(storage.Topics, storage.DeadLetters, storage.Due, time, Telemetry);
        WebhookPolicy = new WebhookPolicy(settings.Webhooks.AllowedHosts) { CanSign = settings.Webhooks.SigningKey is not null };
        Notices = new NoticeServices(
            new NoticeSender(WebhookPolicy, settings.Webhooks.SigningKey, time), new AttemptLog(storage.Deliveries, Telemetry),
            new NoticeOptions(MaxAgeMs: (long)(settings.Notices.MaxAge?.TotalMilliseconds ?? 0)));
        var running = new LocalReaders();
        PipelineTelemetry = new PipelineTelemetry(time, running);
        Readers = new ReaderParts(
            storage.Topics, storage.Commits, storage.DeadLetters, storage.History, storage.Results, storage.Due, time,
            new ReaderBounds(), chunk ?? new ChunkBounds(), "actorstream.readers-dispatcher")
        {
            Kafka = (storage as KafkaStorage)?.Backend, Local = running, Pipelines = Pipelines, Telemetry = PipelineTelemetry,
        };
        Metrics = new NodeMetrics(Readers);
    }

    public NodeSettings Settings { get; }

    public INodeStorage Storage { get; }

    public TimeProvider Time { get; }

    public WebhookPolicy WebhookPolicy { get; }

    public RulesView Rules { get; } = new();

    /// <summary>What the pipelines are and which of them run.</summary>
    public PipelinesView Pipelines { get; } = new();

    public EntityTelemetry Telemetry { get; }

    public PipelineTelemetry PipelineTelemetry { get; }

    public EntityServices Entities { get; }

    public NoticeServices Notices { get; }

    public ReaderParts Readers { get; }

    public NodeMetrics Metrics { get; }

    /// <summary>Whether the brokers answer; null where all topics are embedded.</summary>
    public KafkaHealth? Kafka => Readers.Kafka?.Health;

    /// <summary>Every reader of the cluster, as this node's view of the pipelines has it.</summary>
    public ReaderCatalog CatalogFor(IActorRef alarms, IActorRef notices, IActorRef windows) => new(Readers,
    [
        new ReaderGroup(TopicNames.AlarmsGroup, TopicNames.Metrics, alarms, [], (partition, row) => new SampleDecoder(partition, row, Rules, WatermarkDelayMs, FutureBound.Of(Settings.Metrics.MaxFuture))) { JudgesSilence = true },
        new ReaderGroup(TopicNames.NoticesGroup, TopicNames.Alarms, notices, NoticeGroups.All, (partition, row) => new AlarmDecoder(partition, row, NoticeGroups.Count)),
    ],
    pipelines: p => new PipelineReaders(PipelineGroups.Sources(p, windows, Time), [.. PipelineGroups.Sinks(p, _surroundings)]));

    /// <summary>How this node's view reads the rows of pipelines, and makes the topics they need.</summary>
    public PipelineReads PipelineReads => new(PipelineRow.Read, (pipeline, book) => PipelineTopics.EnsureAsync(Storage.Topics, pipeline, [.. book.Pipelines], Settings.Metrics.Partitions));

    /// <summary>The pipeline that a window entity belongs to; null: this node does not know it, or not yet.</summary>
    public PipelineSpec? PipelineOf(string entityId) => Pipelines.Current.Find(entityId[..Math.Max(0, entityId.LastIndexOf('/'))])?.Spec;

    /// <summary>Alarms do not wait for time; windows bring their own delay.</summary>
    private const long WatermarkDelayMs = 5_000;

    public async ValueTask DisposeAsync()
    {
        Notices.Sender.Dispose();
        await Notices.Attempts.DisposeAsync();
        Telemetry.Dispose();
        PipelineTelemetry.Dispose();
        Metrics.Dispose();
        await Storage.DisposeAsync();
    }
}
