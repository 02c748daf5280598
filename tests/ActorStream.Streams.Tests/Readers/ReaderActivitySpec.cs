using System.Diagnostics.Metrics;
using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Domain.Windows;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Windows;
using ActorStream.Wire.Topics;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Streams.Tests.Readers;

public sealed class ReaderActivitySpec : IDisposable
{
    /// <summary>Instruments belong to the process: this name is of this class alone.</summary>
    private const string Pipeline = "reader-activity-spec";

    private static readonly PartitionId Partition = new("pipeline." + Pipeline, "in", 1, 0);

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
        var activity = new ReaderActivity(_telemetry, Pipeline, hasSinks: false, Partition, Row(position: 100, routed: 90), _time);

        activity.Read(Chunk(110), NowMs - 500, [Letter("unreadable")]);
        _time.Advance(TimeSpan.FromSeconds(1));
        activity.Read(Chunk(120), NowMs, [Letter("time-jump")]);
        var atRead = _heard.Count;
        _time.Advance(TimeSpan.FromSeconds(1));
        activity.Committed(Row(position: 110, routed: 99));
        string[] first = [.. _heard];
        _heard.Clear();
        activity.Committed(Row(position: 110, routed: 99));
        activity.Committed(Row(position: 120, routed: 108));

        Assert.Equal(0, atRead);
        Assert.Equal(["stream_processing_duration_seconds 2.5", "stream_events_failed 1 unreadable", "stream_events_processed 9"], first);
        Assert.Equal(["stream_processing_duration_seconds 1", "stream_events_failed 1 time-jump", "stream_events_processed 9"], _heard);
    }

    [Fact]
    public void Where_there_are_sinks_the_duration_is_theirs_from_the_arrival_of_what_closed_the_window_to_the_write()
    {
        var (reader, sink) = (WithSinks(), Sink(EmitMode.Update));
        reader.Read(Chunk(10, maxEventTime: 1_499), NowMs, []);
        _time.Advance(TimeSpan.FromSeconds(3));
        reader.Read(Chunk(20, maxEventTime: 1_500), NowMs - 4_000, []);
        _time.Advance(TimeSpan.FromSeconds(2));
        reader.Committed(Row(position: 20, routed: 20));

        sink.Written(Results(Result(endMs: 2_000, revision: 0)));
        sink.Written(Results(Result(endMs: 1_000, revision: 1)));
        Assert.Equal(["stream_events_processed 20"], _heard);
        sink.Written(Results(Result(endMs: 1_000, revision: 1), Result(endMs: 1_000, revision: 0)));

        // It had arrived four seconds before it was read.
        Assert.Equal("stream_processing_duration_seconds 6", _heard[^1]);
        Assert.Equal([6_000.0], _telemetry.Reports.Single(r => r.Pipeline == Pipeline).DurationsMs);
    }

    [Fact]
    public void A_window_that_speaks_once_is_closed_by_what_came_at_the_end_of_its_lateness()
    {
        var (reader, sink) = (WithSinks(), Sink(EmitMode.Final));
        reader.Read(Chunk(10, maxEventTime: 1_500), NowMs, []);
        _time.Advance(TimeSpan.FromSeconds(3));
        reader.Read(Chunk(20, maxEventTime: 1_800), NowMs, []);
        _time.Advance(TimeSpan.FromSeconds(2));

        sink.Written(Results(Result(endMs: 1_000, revision: 0)));

        Assert.Equal(["stream_processing_duration_seconds 2"], _heard);
    }

    [Fact]
    public void Records_before_the_part_of_a_batch_that_was_written_are_of_an_earlier_write()
    {
        var (reader, sink) = (WithSinks(), Sink(EmitMode.Update));
        reader.Read(Chunk(10, maxEventTime: 1_500), NowMs, []);
        _time.Advance(TimeSpan.FromSeconds(3));
        reader.Read(Chunk(20, maxEventTime: 2_500), NowMs, []);

        sink.Written(Results(from: 1, Result(endMs: 1_000, revision: 0), Result(endMs: 2_000, revision: 0)));

        Assert.Equal(["stream_processing_duration_seconds 0"], _heard);
    }

    [Fact]
    public void What_closed_a_window_is_the_record_of_the_partition_that_came_last()
    {
        var arrivals = new ArrivalTimes();
        arrivals.Came(Partition, 1_000, 10);
        arrivals.Came(Partition, 3_000, 30);
        arrivals.Came(Partition with { Partition = 1 }, 2_000, 20);
        arrivals.Came(Partition with { Partition = 1 }, 2_000, 25);

        Assert.Equal([20L, 30, 30, null], new long[] { 1_000, 1_001, 2_001, 3_001 }.Select(arrivals.Of));
    }

    [Fact]
    public void Of_what_came_before_its_partition_was_read_here_nothing_is_said()
    {
        var arrivals = new ArrivalTimes();
        arrivals.Begins(Partition, 1_000);
        arrivals.Came(Partition, 1_000, 90);
        arrivals.Came(Partition, 2_000, 100);
        arrivals.Came(Partition with { Partition = 1 }, 3_000, 110);

        Assert.Equal([null, null, 110L], new long[] { 999, 1_000, 1_001 }.Select(arrivals.Of));
    }

    [Fact]
    public void Marks_are_bounded_and_never_say_that_something_arrived_later_than_it_did()
    {
        const int count = 20 * ArrivalTimes.MarksMax;
        var arrivals = new ArrivalTimes();
        for (var i = 1; i <= count; i++)
            arrivals.Came(Partition, i, i);

        for (var i = 1; i <= count; i++)
            Assert.InRange(arrivals.Of(i)!.Value, 0, i);
        Assert.Equal(count, arrivals.Of(count));
    }

    private ReaderActivity WithSinks() => new(_telemetry, Pipeline, hasSinks: true, Partition, Row(position: 0, routed: 0), _time);

    private SinkActivity Sink(EmitMode emit) => new(
        _telemetry,
        new PipelineSpec(Pipeline, Pipeline, SourceSpec.OfTopic("in"), new EventFields(), new WindowPlan(Pipeline, [WindowSpec.Tumbling(1_000, 300)], "results") { Emit = emit }, new WatermarkSpec(DelayMs: 500), []),
        _time);

    private static TopicChunk Results(params string[] values) => Results(0, values);

    private static TopicChunk Results(long from, params string[] values)
    {
        var writer = new RecordBatchWriter();
        foreach (var value in values)
            writer.Add("k"u8, Encoding.UTF8.GetBytes(value));
        return new TopicChunk(from, [new StoredBatch(0, values.Length, 0, writer.Written.ToArray())]);
    }

    private static string Result(long endMs, int revision) => Encoding.UTF8.GetString(ResultJson.Encode(
        new WindowResult(Pipeline, "tumbling", "k", 0, WindowType.Tumbling, endMs - 1_000, endMs, revision, new WindowData(1, 1, 1, 1, 1, endMs - 1)), []));

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static DecodedChunk Chunk(long next, long maxEventTime = 0) => new(next, maxEventTime, default, 1, []);

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.ToArray().ToDictionary();
        if (labels.GetValueOrDefault("pipeline_id") is Pipeline)
            _heard.Add($"{instrument.Name} {value}{(labels.GetValueOrDefault("error_type") is { } reason ? $" {reason}" : "")}");
    }

    private static CommitRow Row(long position, long routed) => new(1, 1, position, 0, false, new ReaderCounters(position, routed, 0, position - routed), default, 0);

    private static DeadLetterEntry Letter(string reason) => new("id", reason, "source", 0, "detail", "");
}
