using ActorStream.Domain.Protocol;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Windows;

namespace ActorStream.Streams.Readers;

/// <summary>What one reader of a pipeline has read and not yet committed, for its metrics. Per chunk, never per record.</summary>
internal sealed class ReaderActivity(PipelineTelemetry telemetry, string pipeline, CommitRow row, TimeProvider time)
{
    private readonly Queue<(long Next, long Read, string[] Reasons)> _chunks = new();
    private readonly PipelineActivity _activity = telemetry.ActivityOf(pipeline);
    private readonly List<double> _took = [];
    private long _routed = row.Counters.Routed;

    public void Read(long next, IReadOnlyList<DeadLetterEntry> letters) => _chunks.Enqueue((next, time.GetTimestamp(), [.. letters.Select(l => l.Reason)]));

    public void Committed(CommitRow row)
    {
        _took.Clear();
        while (_chunks.TryPeek(out var chunk) && chunk.Next <= row.Position)
        {
            _chunks.Dequeue();
            var took = time.GetElapsedTime(chunk.Read);
            telemetry.Took(pipeline, took.TotalSeconds);
            _took.Add(took.TotalMilliseconds);
            foreach (var reason in chunk.Reasons)
                telemetry.Failed(pipeline, reason);
        }
        var events = row.Counters.Routed - _routed;
        _routed = row.Counters.Routed;
        telemetry.Processed(pipeline, events);
        if (_took.Count > 0)
            _activity.Committed(events, _took);
    }
}
