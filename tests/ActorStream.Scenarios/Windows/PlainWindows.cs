namespace ActorStream.Scenarios.Windows;

/// <summary>What a window finally says.</summary>
internal sealed record Said(long StartMs, long EndMs, long Count, long Sum, int Min, int Max);

/// <summary>Windows by plain loops over the log, without lateness (compatibility.md section 2); knows nothing of the product.</summary>
internal static class PlainWindows
{
    /// <param name="slideMs">Equal to the size: tumbling.</param>
    /// <returns>By window id.</returns>
    public static (Dictionary<string, Said> Windows, long Late) Fixed(IReadOnlyList<IReadOnlyList<LoggedEvent>> partitions, string name, long sizeMs, long slideMs, long delayMs)
    {
        var windows = new Dictionary<string, Said>();
        var late = 0L;
        foreach (var (e, watermark) in partitions.SelectMany(p => WithWatermarks(p, delayMs)))
        {
            var isTaken = false;
            for (var start = e.TimeMs - (e.TimeMs % slideMs); start > e.TimeMs - sizeMs; start -= slideMs)
            {
                if (start + sizeMs <= watermark)
                    continue;
                isTaken = true;
                var id = $"{name}_{e.Key}_{start}";
                windows[id] = windows.TryGetValue(id, out var said) ? Add(said, e) : new Said(start, start + sizeMs, 1, e.Value, e.Value, e.Value);
            }
            late += isTaken ? 0 : 1;
        }
        return (windows, late);
    }

    public static (Dictionary<string, Said> Windows, long Late) Sessions(IReadOnlyList<IReadOnlyList<LoggedEvent>> partitions, long gapMs, long delayMs)
    {
        var judged = partitions.SelectMany(p => WithWatermarks(p, delayMs)).ToList();
        var taken = judged.Where(j => j.Event.TimeMs + gapMs > j.Watermark).Select(j => j.Event).ToList();
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
        return (windows, judged.Count - taken.Count);
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
