namespace ActorStream.Domain.Protocol;

/// <summary>What a reader goes back to after any anomaly: one cut of the partition, stored in one row with one update (protocol.md A5).</summary>
/// <param name="Epoch">Rises with every start of a reader; a commit of an older epoch touches no row.</param>
/// <param name="Serial">Rises with every commit of an epoch; a commit that lands late touches no row.</param>
/// <param name="Position">The next offset to read; everything below is durable in its entities and handed over to its topics.</param>
/// <param name="MaxEventTime">The greatest event time below <paramref name="Position"/>, epoch milliseconds. The watermark is not stored: its delay may be reconfigured.</param>
/// <param name="Idle">The partition's time was raised because it fell silent.</param>
/// <param name="Counters">Cumulative since the topic was made.</param>
/// <param name="ProcessorState">State of line processors at the cut; empty where there are none.</param>
/// <param name="ConfigVersion">Version of routing and pipeline that decoded up to here.</param>
public sealed record CommitRow(
    long Epoch, long Serial, long Position, long MaxEventTime, bool Idle, ReaderCounters Counters, ReadOnlyMemory<byte> ProcessorState, int ConfigVersion);

/// <summary>What a reader counted below a position. Books balance: records = routed + unrouted + unreadable.</summary>
public readonly record struct ReaderCounters(long Records, long Routed, long Unrouted, long Unreadable)
{
    public static ReaderCounters operator +(ReaderCounters a, ReaderCounters b) =>
        new(a.Records + b.Records, a.Routed + b.Routed, a.Unrouted + b.Unrouted, a.Unreadable + b.Unreadable);
}

public enum CommitOutcome
{
    /// <summary>The row holds what was asked.</summary>
    Committed,

    /// <summary>Another epoch or a later serial owns the row: this reader must stop.</summary>
    Fenced,

    /// <summary>Nobody knows whether it was written; the next round writes again.</summary>
    Unknown,
}
