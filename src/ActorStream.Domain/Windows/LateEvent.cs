using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

public enum LateReason
{
    /// <summary>The window's end + lateness was at or behind the watermark of the event's own partition before it.</summary>
    Late,

    /// <summary>As <see cref="Late"/>, by a watermark that the partition was given while it was idle.</summary>
    IdlePartition,

    /// <summary>By the watermark that the key group had reached: only with a partition that joined later, or a stale reader.</summary>
    Behind,

    /// <summary>There was no room for it (<see cref="WindowBounds"/>).</summary>
    Bound,
}

/// <summary>An event that some or all windows of a spec rejected. (Partition, offset, spec) names it: writing it again after a crash changes nothing.</summary>
/// <param name="Partition">With <paramref name="Offset"/>, its position.</param>
/// <param name="WindowStartMs">Of the last window that rejected it; of a session the event's own [t, t + gap).</param>
/// <param name="Windows">How many windows of the spec rejected it: that one and those before it.</param>
/// <param name="WatermarkMs">The watermark that judged it.</param>
/// <param name="IsRejected">Every window of every spec did: the event counts as rejected.</param>
public sealed record LateEvent(
    PartitionId Partition, long Offset, string Key, long TimeMs, double Value, int Spec, long WindowStartMs, long WindowEndMs, long Windows, long WatermarkMs, LateReason Reason, bool IsRejected);
