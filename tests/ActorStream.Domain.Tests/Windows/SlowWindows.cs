using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>An event of some partition's log, with the watermark that judges it.</summary>
internal sealed record Logged(int Partition, long Offset, string Key, long TimeMs, double Value, long WatermarkBefore);

/// <summary>The plain loop: every window by itself, from all events of all logs, judged by their own partition's watermark and nothing else.</summary>
internal sealed class SlowWindows
{
    private readonly Dictionary<(int Spec, string Key, long Start, long End), List<Logged>> _windows = [];

    public SlowWindows(WindowPlan plan, IReadOnlyList<Logged> events)
    {
        var verdicts = events.Select(_ => new List<(bool IsLate, bool IsAccepted)>()).ToArray();
        for (var s = 0; s < plan.Specs.Count; s++)
        {
            if (plan.Specs[s].Type == WindowType.Session)
                Sessions(plan.Specs[s], s, events, verdicts);
            else
                Fixed(plan.Specs[s], s, events, verdicts);
        }
        OnTime = verdicts.Count(v => v.TrueForAll(w => !w.IsLate));
        LateRejected = verdicts.Count(v => !v.Exists(w => w.IsAccepted));
        LateAccepted = events.Count - OnTime - LateRejected;
        Rejections = verdicts.Sum(v => v.Count(w => !w.IsAccepted));
    }

    public IReadOnlyDictionary<(int Spec, string Key, long Start, long End), List<Logged>> Windows => _windows;

    public long OnTime { get; }

    public long LateAccepted { get; }

    public long LateRejected { get; }

    public long Rejections { get; }

    private void Fixed(WindowSpec spec, int index, IReadOnlyList<Logged> events, List<(bool, bool)>[] verdicts)
    {
        for (var i = 0; i < events.Count; i++)
        {
            var e = events[i];
            // Every start there could be, one by one.
            for (var start = e.TimeMs - spec.SizeMs + 1; start <= e.TimeMs; start++)
            {
                if (((start % spec.SlideMs) + spec.SlideMs) % spec.SlideMs != 0)
                    continue;
                var end = start + spec.SizeMs;
                var isAccepted = end + spec.AllowedLatenessMs > e.WatermarkBefore;
                verdicts[i].Add((end <= e.WatermarkBefore, isAccepted));
                if (isAccepted)
                    Add((index, e.Key, start, end), [e]);
            }
        }
    }

    private void Sessions(WindowSpec spec, int index, IReadOnlyList<Logged> events, List<(bool, bool)>[] verdicts)
    {
        var accepted = new List<Logged>();
        for (var i = 0; i < events.Count; i++)
        {
            var end = events[i].TimeMs + spec.GapMs;
            var isAccepted = end + spec.AllowedLatenessMs > events[i].WatermarkBefore;
            verdicts[i].Add((end <= events[i].WatermarkBefore, isAccepted));
            if (isAccepted)
                accepted.Add(events[i]);
        }
        foreach (var key in accepted.GroupBy(e => e.Key))
        {
            var run = new List<Logged>();
            foreach (var e in key.OrderBy(e => e.TimeMs))
            {
                if (run.Count > 0 && e.TimeMs > run[^1].TimeMs + spec.GapMs)
                {
                    Add((index, key.Key, run[0].TimeMs, run[^1].TimeMs + spec.GapMs), run);
                    run = [];
                }
                run.Add(e);
            }
            Add((index, key.Key, run[0].TimeMs, run[^1].TimeMs + spec.GapMs), run);
        }
    }

    private void Add((int, string, long, long) window, List<Logged> events)
    {
        if (_windows.TryGetValue(window, out var there))
            there.AddRange(events);
        else
            _windows.Add(window, [.. events]);
    }
}
