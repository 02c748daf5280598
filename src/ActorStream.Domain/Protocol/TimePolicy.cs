using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>How the event time of a group's partitions goes on (protocol.md rules 11 and 12). All in milliseconds.</summary>
/// <param name="DelayMs">From the greatest event time to the watermark.</param>
/// <param name="IdleTimeoutMs">Silence at the head after which a partition follows the others; null: never.</param>
/// <param name="CloseOnIdle">When all are idle, time goes on by the clock.</param>
/// <param name="AlignmentMs">A partition whose event time is further ahead of the slowest pauses; 0: never.</param>
public sealed record TimePolicy(long DelayMs, long? IdleTimeoutMs = null, bool CloseOnIdle = false, long AlignmentMs = 0)
{
    /// <summary>The least watermark over all partitions; <see cref="PartitionId.NoTime"/> while one has no row or no time.</summary>
    /// <param name="rows">Of every partition of the topic; null where none was written yet.</param>
    public long Watermark(IReadOnlyList<CommitRow?> rows) => Least(rows) is var least && least > PartitionId.NoTime ? least - DelayMs : PartitionId.NoTime;

    /// <summary>Reading on would open windows far ahead of what the slowest partition can close.</summary>
    /// <param name="own">Greatest event time read.</param>
    public bool IsTooFarAhead(long own, IReadOnlyList<CommitRow?> rows) => AlignmentMs > 0 && own != PartitionId.NoTime && own - Least(rows) > AlignmentMs;

    internal static long Least(IReadOnlyList<CommitRow?> rows) => rows.Count == 0 ? PartitionId.NoTime : rows.Min(r => r?.MaxEventTime ?? PartitionId.NoTime);
}
