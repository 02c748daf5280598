using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>An idle partition raises its own greatest event time, at its own position, and reads on when that is committed (protocol.md rule 12).</summary>
/// <remarks>Nobody raises for a dead reader, and an answer that was lost is asked for again with the same value: else time could go back (B6).</remarks>
internal sealed class IdleRaise(TimePolicy? policy)
{
    private long? _sinceMs;

    /// <summary>From when the clock moves time on. A row does not say when it was written: what passed before this reader saw it does not count, so time never goes faster than the clock.</summary>
    private long? _committedAtMs;

    /// <summary>The raise that is not acknowledged yet; nothing is read meanwhile.</summary>
    public long? Asked { get; private set; }

    /// <summary>Something was read.</summary>
    public void Came(long nowMs) => _sinceMs = nowMs;

    /// <summary>Some commit was acknowledged.</summary>
    public void Committed(long nowMs, bool isRaise)
    {
        _committedAtMs = nowMs;
        if (isRaise)
            Asked = null;
    }

    /// <summary>Everything the log holds was read and committed: asks for the raise that is due, if one is.</summary>
    public void Consider(long nowMs, CommitRow own, IReadOnlyList<CommitRow?> rows, bool heldRecords)
    {
        if (policy is null)
            return;
        _sinceMs ??= nowMs;
        _committedAtMs ??= nowMs;
        var isSilent = !heldRecords || (policy.IdleTimeoutMs is { } timeout && nowMs - _sinceMs >= timeout);
        if (!isSilent || rows.Any(r => r is null) || TargetOf(nowMs, own, rows) is not { } target)
            return;
        if (target > own.MaxEventTime || !own.Idle)
            Asked = Math.Max(target, own.MaxEventTime);
    }

    /// <summary>The source has ended for good: time goes to its end.</summary>
    public void End(CommitRow own)
    {
        if (own.MaxEventTime < PartitionId.EndOfTime)
            Asked = PartitionId.EndOfTime;
    }

    private long? TargetOf(long nowMs, CommitRow own, IReadOnlyList<CommitRow?> rows)
    {
        var awake = rows.Where(r => !r!.Idle).Select(r => r!.MaxEventTime).DefaultIfEmpty(long.MaxValue).Min();
        if (awake != long.MaxValue)
            return awake;
        // All are silent: one watermark, whoever fell silent first. One that has ended has no time to follow: this one may still give records.
        var greatest = rows.Select(r => r!.MaxEventTime).Where(t => t < PartitionId.EndOfTime).DefaultIfEmpty(PartitionId.NoTime).Max();
        if (greatest == PartitionId.NoTime)
            return null;
        return policy!.CloseOnIdle && own.MaxEventTime != PartitionId.NoTime ? Math.Max(greatest, own.MaxEventTime + nowMs - (_committedAtMs ?? nowMs)) : greatest;
    }
}
