namespace ActorStream.Domain.Windows;

/// <summary>What became of the events of a key group. They balance at every checkpoint: in = on time + late accepted + late rejected + refused. Unreadable records are the reader's.</summary>
/// <param name="In">Events applied.</param>
/// <param name="OnTime">Of every window of the event the end was ahead of its partition's watermark.</param>
/// <param name="LateAccepted">Late for some window, and some window took it.</param>
/// <param name="LateRejected">No window took it.</param>
/// <param name="Refused">There was no room for it.</param>
/// <param name="Specs">Windows, by spec.</param>
public sealed record WindowBooks(long In, long OnTime, long LateAccepted, long LateRejected, long Refused, IReadOnlyList<SpecBooks> Specs)
{
    public bool IsBalanced => In == OnTime + LateAccepted + LateRejected + Refused;
}

/// <summary>What became of the windows of one spec: created = expired + merged + active.</summary>
/// <param name="Created">Windows that got a first event.</param>
/// <param name="Completed">Window ids that emitted revision 0.</param>
/// <param name="Expired">Windows closed for good.</param>
/// <param name="Merged">Sessions taken in by an earlier one.</param>
/// <param name="Rejections">Rejections by a window, also of events that another window took.</param>
public readonly record struct SpecBooks(long Created, long Completed, long Expired, long Merged, long Rejections)
{
    /// <summary>Windows that are open, or fired and still able to change.</summary>
    public long Active => Created - Expired - Merged;
}
