namespace ActorStream.Scenarios.Windows;

/// <summary>What a window finally says.</summary>
internal sealed record Said(long StartMs, long EndMs, long Count, long Sum, int Min, int Max);

/// <summary>What became of the events.</summary>
/// <param name="OnTime">Late for no window.</param>
/// <param name="LateAccepted">Late for some window, and some window took it.</param>
/// <param name="LateRejected">No window took it.</param>
/// <param name="Letters">Some window did not take it: each is a dead letter.</param>
internal readonly record struct PlainBooks(long OnTime, long LateAccepted, long LateRejected, long Letters)
{
    public PlainBooks With(bool isLate, bool isTaken, bool isRefused) => new(
        OnTime + (isLate ? 0 : 1), LateAccepted + (isLate && isTaken ? 1 : 0), LateRejected + (isTaken ? 0 : 1), Letters + (isRefused ? 1 : 0));
}

/// <param name="Windows">By window id.</param>
internal sealed record PlainAnswer(Dictionary<string, Said> Windows, PlainBooks Books);

/// <summary>Windows by plain loops over the log (compatibility.md section 2); knows nothing of the product.</summary>
internal static class PlainWindows
{
    /// <param name="slideMs">Equal to the size: tumbling.</param>
    public static PlainAnswer Fixed(IReadOnlyList<IReadOnlyList<LoggedEvent>> partitions, string name, long sizeMs, long slideMs, long delayMs, long latenessMs = 0)
    {
        var windows = new Dictionary<string, Said>();
        var books = default(PlainBooks);
        foreach (var (e, watermark) in partitions.SelectMany(p => WithWatermarks(p, delayMs)))
        {
            var (isLate, isTaken, isRefused) = (false, false, false);
            for (var start = e.TimeMs - (e.TimeMs % slideMs); start > e.TimeMs - sizeMs; start -= slideMs)
            {
                isLate |= start + sizeMs <= watermark;
                if (start + sizeMs + latenessMs <= watermark)
                {
                    isRefused = true;
                    continue;
                }
                isTaken = true;
                var id = $"{name}_{e.Key}_{start}";
                windows[id] = windows.TryGetValue(id, out var said) ? Add(said, e) : new Said(start, start + sizeMs, 1, e.Value, e.Value, e.Value);
            }
            books = books.With(isLate, isTaken, isRefused);
        }
        return new PlainAnswer(windows, books);
    }

    public static PlainAnswer Sessions(IReadOnlyList<IReadOnlyList<LoggedEvent>> partitions, long gapMs, long delayMs, long latenessMs = 0)
    {
        var (books, taken) = (default(PlainBooks), new List<LoggedEvent>());
        foreach (var (e, watermark) in partitions.SelectMany(p => WithWatermarks(p, delayMs)))
        {
            var (isLate, isTaken) = (e.TimeMs + gapMs <= watermark, e.TimeMs + gapMs + latenessMs > watermark);
            books = books.With(isLate, isTaken, !isTaken);
            if (isTaken)
                taken.Add(e);
        }
        var windows = new Dictionary<string, Said>();
        foreach (var key in taken.GroupBy(e => e.Key))
        {
            Said? open = null;
            foreach (var e in key.OrderBy(e => e.TimeMs))
            {
                if (open is not null && e.TimeMs > open.EndMs)
                {
                    windows.Add($"session_{key.Key}_{open.StartMs}", open);
                    open = null;
                }
                open = open is null ? new Said(e.TimeMs, e.TimeMs + gapMs, 1, e.Value, e.Value, e.Value) : Add(open, e) with { EndMs = Math.Max(open.EndMs, e.TimeMs + gapMs) };
            }
            windows.Add($"session_{key.Key}_{open!.StartMs}", open);
        }
        return new PlainAnswer(windows, books);
    }

    private static IEnumerable<(LoggedEvent Event, long Watermark)> WithWatermarks(IReadOnlyList<LoggedEvent> partition, long delayMs)
    {
        var greatest = long.MinValue / 2;
        foreach (var e in partition)
        {
            yield return (e, greatest - delayMs);
            greatest = Math.Max(greatest, e.TimeMs);
        }
    }

    private static Said Add(Said said, LoggedEvent e) => said with { Count = said.Count + 1, Sum = said.Sum + e.Value, Min = Math.Min(said.Min, e.Value), Max = Math.Max(said.Max, e.Value) };
}
