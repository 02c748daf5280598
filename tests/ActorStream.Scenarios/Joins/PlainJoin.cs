using ActorStream.Scenarios.Windows;

namespace ActorStream.Scenarios.Joins;

/// <param name="Right">Null, like its time, where no right event met the left one.</param>
internal sealed record Joined(long StartMs, long EndMs, string Key, int Left, long LeftMs, int? Right, long? RightMs);

/// <param name="Rows">By result id without the pipeline; of windows that have fired.</param>
/// <param name="Open">Windows that a further event might still change.</param>
internal sealed record PlainRows(Dictionary<string, Joined> Rows, PlainBooks Books, int Open);

/// <summary>Every pair of every window by plain loops over both logs (windows.md, Joins); knows nothing of the product.</summary>
internal static class PlainJoin
{
    private sealed record Placed(string Position, LoggedEvent Event);

    /// <param name="isLeft">A left event that meets no right one is a row, too.</param>
    /// <param name="left">By partition, in the order of its log.</param>
    public static PlainRows Of(bool isLeft, IReadOnlyList<IReadOnlyList<LoggedEvent>> left, IReadOnlyList<IReadOnlyList<LoggedEvent>> right, long sizeMs, long slideMs, long delayMs, long latenessMs)
    {
        var windows = new Dictionary<(string Key, long Start), (List<Placed> Left, List<Placed> Right)>();
        var (books, time) = (default(PlainBooks), left.Concat(right).Min(p => p.Max(e => e.TimeMs)) - delayMs);
        foreach (var (isRight, at, e, watermark) in Logged(left, isRight: false, delayMs).Concat(Logged(right, isRight: true, delayMs)))
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
                if (!windows.TryGetValue((e.Key, start), out var sides))
                    windows.Add((e.Key, start), sides = ([], []));
                (isRight ? sides.Right : sides.Left).Add(new Placed(at, e));
            }
            books = books.With(isLate, isTaken, isRefused);
        }
        var rows = new Dictionary<string, Joined>();
        foreach (var ((key, start), (lefts, rights)) in windows.Where(w => w.Key.Start + sizeMs <= time))
        {
            foreach (var l in lefts)
            {
                var row = new Joined(start, start + sizeMs, key, l.Event.Value, l.Event.TimeMs, null, null);
                foreach (var r in rights)
                    rows.Add($"sliding_{key}_{start}_{l.Position}_{r.Position}", row with { Right = r.Event.Value, RightMs = r.Event.TimeMs });
                if (isLeft && rights.Count == 0)
                    rows.Add($"sliding_{key}_{start}_{l.Position}_none", row);
            }
        }
        return new PlainRows(rows, books, windows.Keys.Count(w => w.Start + sizeMs + latenessMs > time));
    }

    /// <summary>Each event with its position and with the watermark that stood before it in its own partition.</summary>
    private static IEnumerable<(bool IsRight, string At, LoggedEvent Event, long Watermark)> Logged(IReadOnlyList<IReadOnlyList<LoggedEvent>> log, bool isRight, long delayMs)
    {
        for (var partition = 0; partition < log.Count; partition++)
        {
            var greatest = long.MinValue / 2;
            for (var offset = 0; offset < log[partition].Count; offset++)
            {
                yield return (isRight, $"{partition}.{offset}", log[partition][offset], greatest - delayMs);
                greatest = Math.Max(greatest, log[partition][offset].TimeMs);
            }
        }
    }
}
