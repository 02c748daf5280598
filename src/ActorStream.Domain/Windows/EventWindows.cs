namespace ActorStream.Domain.Windows;

/// <summary>The windows of a tumbling or sliding spec that hold an event's time: those that reject it, then those that take it.</summary>
/// <param name="First">The first that holds it.</param>
/// <param name="Last">The last that holds it.</param>
/// <param name="Accepted">The first that takes it; beyond <paramref name="Last"/> where none does.</param>
internal readonly record struct EventWindows(long First, long Last, long Accepted)
{
    public bool IsAccepted => Accepted <= Last;

    /// <summary>How many reject it.</summary>
    public long Rejections => Math.Min(Accepted, Last + 1) - First;

    /// <summary>The last that rejects it, where one does.</summary>
    public long Rejected => Math.Min(Accepted, Last + 1) - 1;

    /// <summary>The window that is told of it: the last that rejects it, where none does the first that takes it.</summary>
    public long Told => Rejections > 0 ? Rejected : Accepted;

    /// <param name="closedMs">Windows with an end at or below it take nothing more.</param>
    public static EventWindows Of(WindowSpec spec, long timeMs, long closedMs)
    {
        var first = spec.FirstWindow(timeMs);
        return new EventWindows(first, spec.LastWindow(timeMs), Math.Max(first, spec.FirstEndingAfter(closedMs)));
    }
}
