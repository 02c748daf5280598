using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A window with the events that it took, by a plain loop.</summary>
/// <param name="IsDue">Its time had come when its life ended, or has come now.</param>
/// <param name="IsGone">Its life has ended: the pipeline has it no more.</param>
/// <param name="IsSaid">It is due, and nothing that was due waited for the outbox when its life ended.</param>
internal sealed record TakenWindow(WindowType Type, string Id, long StartMs, long EndMs, IReadOnlyList<EventRecord> Events, bool IsDue, bool IsGone, bool IsSaid);

/// <summary>The windows of one spec in one group, from the change that adds it to the one that removes it, by the rules of ADR 014 and event by event.</summary>
/// <param name="closedThrough">Windows with an end at or below it take nothing.</param>
internal sealed class WindowLife(WindowSpec spec, string name, long closedThrough)
{
    private readonly Dictionary<(string Key, long Start), List<EventRecord>> _windows = [];
    private readonly Dictionary<string, List<EventRecord>> _sessions = [];
    private WindowSpec _spec = spec;
    private long _closedThrough = closedThrough;
    private Turn? _ended;

    public bool IsOf(WindowSpec other) => _spec.HasWindowsOf(other);

    /// <summary>The next change has it too. What less lateness has closed stays closed.</summary>
    public WindowLife GoOn(WindowSpec next, long watermark)
    {
        if (next.AllowedLatenessMs > _spec.AllowedLatenessMs)
            _closedThrough = Math.Max(_closedThrough, watermark - _spec.AllowedLatenessMs);
        _spec = next;
        return this;
    }

    public void End(Turn turn) => _ended = turn;

    /// <returns>How many windows rejected the event, whether one took it, and whether it was late for one.</returns>
    public (int Rejections, bool IsAccepted, bool IsLate) Take(EventRecord record, long watermarkBefore, long fired)
    {
        var (rejections, isAccepted, isLate) = (0, false, false);
        foreach (var (start, end) in Windows(record.TimeMs))
        {
            isLate |= end <= watermarkBefore;
            if (end <= _closedThrough || end + _spec.AllowedLatenessMs <= Math.Max(watermarkBefore, fired))
            {
                rejections++;
                continue;
            }
            isAccepted = true;
            Add(EventPartition.KeyOf(record), start, record);
        }
        return (rejections, isAccepted, isLate);
    }

    /// <param name="watermark">How far time has come where the life goes on.</param>
    public IEnumerable<TakenWindow> Taken(string pipeline, EmitMode emit, long watermark)
    {
        foreach (var ((key, start), events) in _windows)
            yield return Window($"{pipeline}/{name}_{key}_{start}", start, start + _spec.SizeMs, events, emit, watermark);
        foreach (var (key, events) in _sessions)
        {
            foreach (var run in Runs(events))
                yield return Window($"{pipeline}/{name}_{key}_{run[0].TimeMs}", run[0].TimeMs, run[^1].TimeMs + _spec.GapMs, run, emit, watermark);
        }
    }

    private TakenWindow Window(string id, long start, long end, IReadOnlyList<EventRecord> events, EmitMode emit, long watermark)
    {
        var final = end + _spec.GapMs;
        var due = emit == EmitMode.Update ? end : final <= _closedThrough ? final : final + _spec.AllowedLatenessMs;
        var isDue = due <= (_ended?.Watermark ?? watermark);
        return new TakenWindow(_spec.Type, id, start, end, events, isDue, _ended is not null, isDue && _ended is not { WasDue: true });
    }

    /// <summary>Of a session the event's own.</summary>
    private IEnumerable<(long Start, long End)> Windows(long timeMs) =>
        _spec.Type == WindowType.Session ? [(timeMs, timeMs + _spec.GapMs)] : _spec.StartsOf(timeMs).Select(s => (s, s + _spec.SizeMs));

    private void Add(string key, long start, EventRecord record)
    {
        if (_spec.Type == WindowType.Session)
            ListOf(_sessions, key).Add(record);
        else
            ListOf(_windows, (key, start)).Add(record);
    }

    private List<List<EventRecord>> Runs(List<EventRecord> events)
    {
        var runs = new List<List<EventRecord>>();
        foreach (var record in events.OrderBy(e => e.TimeMs))
        {
            if (runs.Count == 0 || record.TimeMs > runs[^1][^1].TimeMs + _spec.GapMs)
                runs.Add([]);
            runs[^1].Add(record);
        }
        return runs;
    }

    private static List<EventRecord> ListOf<T>(Dictionary<T, List<EventRecord>> lists, T key)
        where T : notnull
    {
        if (!lists.TryGetValue(key, out var list))
            lists.Add(key, list = []);
        return list;
    }
}
