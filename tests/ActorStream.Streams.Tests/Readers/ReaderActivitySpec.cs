using System.Diagnostics.Metrics;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Windows;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Streams.Tests.Readers;

public sealed class ReaderActivitySpec : IDisposable
{
    /// <summary>Instruments belong to the process: this name is of this class alone.</summary>
    private const string Pipeline = "reader-activity-spec";

    private readonly FakeTimeProvider _time = new();
    private readonly PipelineTelemetry _telemetry;
    private readonly MeterListener _listener = new();
    private readonly List<string> _heard = [];

    public ReaderActivitySpec()
    {
        _telemetry = new PipelineTelemetry(_time, new LocalReaders());
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "ActorStream" && instrument.Name.StartsWith("stream_", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _telemetry.Dispose();
    }

    [Fact]
    public void Each_event_counts_once_at_the_commit_that_covers_it_and_what_was_committed_before_does_not()
    {
        var activity = new ReaderActivity(_telemetry, Pipeline, Row(position: 100, routed: 90), _time);

        activity.Read(110, [Letter("unreadable")]);
        _time.Advance(TimeSpan.FromSeconds(1));
        activity.Read(120, [Letter("time-jump")]);
        var atRead = _heard.Count;
        _time.Advance(TimeSpan.FromSeconds(1));
        activity.Committed(Row(position: 110, routed: 99));
        string[] first = [.. _heard];
        _heard.Clear();
        activity.Committed(Row(position: 110, routed: 99));
        activity.Committed(Row(position: 120, routed: 108));

        Assert.Equal(0, atRead);
        Assert.Equal(["stream_processing_duration_seconds 2", "stream_events_failed 1 unreadable", "stream_events_processed 9"], first);
        Assert.Equal(["stream_processing_duration_seconds 1", "stream_events_failed 1 time-jump", "stream_events_processed 9"], _heard);
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.ToArray().ToDictionary();
        if (labels.GetValueOrDefault("pipeline_id") is Pipeline)
            _heard.Add($"{instrument.Name} {value}{(labels.GetValueOrDefault("error_type") is { } reason ? $" {reason}" : "")}");
    }

    private static CommitRow Row(long position, long routed) => new(1, 1, position, 0, false, new ReaderCounters(position, routed, 0, position - routed), default, 0);

    private static DeadLetterEntry Letter(string reason) => new("id", reason, "source", 0, "detail", "");
}
