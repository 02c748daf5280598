using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Windows;

namespace ActorStream.Streams.Readers;

/// <summary>What one reader of a pipeline has read and not yet committed, for its metrics. Per chunk, never per record.</summary>
internal sealed class ReaderActivity
{
    private readonly Queue<(long Next, long? ArrivedMs, string[] Reasons)> _chunks = new();
    private readonly List<double> _took = [];
    private readonly PipelineTelemetry _telemetry;
    private readonly PipelineActivity _activity;
    private readonly string _pipeline;
    private readonly bool _hasSinks;
    private readonly PartitionId _partition;
    private readonly TimeProvider _time;
    private long _routed;

    /// <param name="hasSinks">Then they tell how long it took; else the commit is all there is to wait for.</param>
    public ReaderActivity(PipelineTelemetry telemetry, string pipeline, bool hasSinks, PartitionId partition, CommitRow row, TimeProvider time)
    {
        (_telemetry, _pipeline, _hasSinks, _partition, _time) = (telemetry, pipeline, hasSinks, partition, time);
        _activity = telemetry.ActivityOf(pipeline);
        _routed = row.Counters.Routed;
        _activity.Arrivals.Begins(partition, row.MaxEventTime);
    }

    /// <param name="arrivedMs">Of the chunk's oldest record, epoch milliseconds; null: it holds none.</param>
    public void Read(DecodedChunk chunk, long? arrivedMs, IReadOnlyList<DeadLetterEntry> letters)
    {
        _chunks.Enqueue((chunk.Next, arrivedMs, [.. letters.Select(l => l.Reason)]));
        if (_hasSinks && arrivedMs is { } arrived)
            _activity.Arrivals.Came(_partition, chunk.MaxEventTime, arrived);
    }

    public void Committed(CommitRow row)
    {
        _took.Clear();
        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var covered = false;
        while (_chunks.TryPeek(out var chunk) && chunk.Next <= row.Position)
        {
            _chunks.Dequeue();
            covered = true;
            if (!_hasSinks && chunk.ArrivedMs is { } arrivedMs)
                Took(Math.Max(0, nowMs - arrivedMs));
            foreach (var reason in chunk.Reasons)
                _telemetry.Failed(_pipeline, reason);
        }
        var events = row.Counters.Routed - _routed;
        _routed = row.Counters.Routed;
        _telemetry.Processed(_pipeline, events);
        if (covered)
            _activity.Committed(events, _took);
    }

    private void Took(double tookMs)
    {
        _telemetry.Took(_pipeline, tookMs / 1_000);
        _took.Add(tookMs);
    }
}
