using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;
using ActorStream.Streams.Files;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Mock;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using Akka.Actor;

namespace ActorStream.Streams.Windows;

/// <summary>A pipeline as readers: one group for its source, of a join one for each topic, and one for each sink.</summary>
public static class PipelineGroups
{
    /// <summary>Offsets of files are bytes: the bound of records is one of bytes there.</summary>
    private static readonly ReaderBounds FileBounds = new(UncommittedRecordsMax: 512 << 20, UncommittedBytesMax: 512L << 20);

    private static readonly ReaderBounds TopicBounds = new(UncommittedRecordsMax: 8_000_000, UncommittedBytesMax: 512L << 20);

    /// <summary>Of a join two, of one name: the entities tell the sides by the topic.</summary>
    public static IReadOnlyList<ReaderGroup> Sources(PipelineSpec spec, IActorRef windows, TimeProvider time)
    {
        var left = Source(spec, spec.SourceName, spec.Fields, windows) with
        {
            Log = spec.Source.Kind switch
            {
                SourceKind.File => new FileLog(spec.Source.Paths, spec.Source.IsBounded, time),
                SourceKind.Mock => new MockLog(spec.Source.Mock!, spec.Fields, time),
                _ => null,
            },
        };
        return spec.Join is { } join ? [left with { OtherTopic = join.Topic }, Source(spec, join.Topic, join.Fields, windows) with { OtherTopic = left.Topic }] : [left];
    }

    private static ReaderGroup Source(PipelineSpec spec, string topic, EventFields fields, IActorRef windows) => new(
        spec.ReaderGroup, topic, windows, [.. Enumerable.Range(0, spec.KeyGroups).Select(spec.EntityId)], (partition, row) => new EventDecoder(partition, row, spec with { Fields = fields }))
    {
        Pipeline = spec.Id,
        HasSinks = spec.Sinks.Count > 0,
        Time = new TimePolicy(spec.Watermark.DelayMs, spec.Watermark.IdleTimeoutMs, spec.Watermark.CloseOnIdle, spec.Watermark.AlignmentMs),
        TickMs = spec.CheckpointMs,
        Bounds = spec.Source.Kind == SourceKind.File ? FileBounds : TopicBounds,
    };

    public static string SinkGroupOf(PipelineSpec spec, SinkSpec sink) => $"sink.{spec.Id}.{sink.Name}";

    public static IEnumerable<SinkGroup> Sinks(PipelineSpec spec, SinkSurroundings around) => spec.Sinks.Select(sink => new SinkGroup(
        SinkGroupOf(spec, sink), spec.Windows.ResultsTopic, (parts, partition, row) => sink.Kind switch
        {
            SinkKind.File => new FileWriter(partition, row, sink.Target, parts.Commits),
            SinkKind.Console => new ConsoleWriter(partition, around.Console, parts.Commits),
            SinkKind.Table => new TableWriter(partition, parts.Results, parts.DeadLetters),
            SinkKind.Metrics => new MetricsWriter(partition, sink, parts.Topics, parts.Commits, parts.DeadLetters),
            // Revisions of one window may not overwrite each other: nothing there could keep an old one from coming last (protocol.md A10).
            SinkKind.InfluxDb => new InfluxWriter(
                partition, new InfluxClient(InfluxTarget.Of(sink.Target), around.InfluxToken), revisionIsTag: spec.Windows.Emit == EmitMode.Update, parts.Commits, parts.DeadLetters),
            SinkKind.Kafka when parts.Kafka is { Options: var kafka } => new KafkaWriter(partition, kafka, sink.Target, $"{kafka.SinkPrefix}/{spec.Id}/{sink.Name}", parts.Commits, parts.DeadLetters),
            _ => throw new NotSupportedException($"Sink {sink.Name} of pipeline {spec.Id}: type {sink.Kind} is not known to this node."),
        })
    {
        Pipeline = spec,
    });
}

/// <summary>What sinks need of their process.</summary>
/// <param name="Console">Standard output.</param>
public sealed record SinkSurroundings(Stream Console, InfluxToken InfluxToken);
