using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;

namespace ActorStream.Streams.Windows;

/// <summary>What the readers of pipelines on this node say of events (names of compatibility.md section 2). Counted at the commit.</summary>
public sealed class PipelineTelemetry : IDisposable
{
    private readonly Meter _meter = new("ActorStream");
    private readonly ConcurrentDictionary<string, PipelineActivity> _activities = new();
    private readonly Counter<long> _processed;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _duration;
    private readonly TimeProvider _time;

    public PipelineTelemetry(TimeProvider time, LocalReaders readers)
    {
        _time = time;
        _processed = _meter.CreateCounter<long>("stream_events_processed", description: "Events that were read and handed to their windows, when that is committed.");
        _failed = _meter.CreateCounter<long>("stream_events_failed", description: "Events that could not be read, by reason; each is a dead letter.");
        _duration = _meter.CreateHistogram(
            "stream_processing_duration_seconds", "s", "From the arrival of the event that closed a window to its result in a sink, one observation for each chunk of results; without sinks from the arrival of a chunk of events to its commit.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] });
        _meter.CreateObservableGauge("stream_events_per_second", () => _activities.Select(a => new Measurement<double>(a.Value.Rate, Label(a.Key))), description: "Events committed by readers of this node, over the last ten seconds.");
        _meter.CreateObservableGauge("stream_watermark_lag_seconds", () => LagOf(readers), "s", "Time since the watermark of a partition that is read on this node.");
    }

    public IEnumerable<PipelineActivityReport> Reports => _activities.Select(a => a.Value.Report(a.Key));

    public PipelineActivity ActivityOf(string pipeline) => _activities.GetOrAdd(pipeline, static (_, time) => new PipelineActivity(time), _time);

    public void Processed(string pipeline, long events)
    {
        if (events > 0)
            _processed.Add(events, Label(pipeline));
    }

    public void Failed(string pipeline, string reason) => _failed.Add(1, Label(pipeline), new("error_type", reason));

    public void Took(string pipeline, double seconds) => _duration.Record(seconds, Label(pipeline));

    /// <summary>Of a pipeline's partition, as its watermark and its lag are listed: <c>{pipeline}/{topic}/{partition}</c>.</summary>
    public static string NameOf(string pipeline, PartitionId partition) => $"{pipeline}/{partition.Topic}/{partition.Partition}";

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<double>> LagOf(LocalReaders readers)
    {
        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (partition, progress) in readers.Running)
        {
            if (progress is { Pipeline: { } pipeline, Watermark: { } watermark })
                yield return new Measurement<double>(Math.Max(0, nowMs - watermark) / 1000.0, new KeyValuePair<string, object?>("partition", NameOf(pipeline, partition)));
        }
    }

    private static KeyValuePair<string, object?> Label(string pipeline) => new("pipeline_id", pipeline);
}
