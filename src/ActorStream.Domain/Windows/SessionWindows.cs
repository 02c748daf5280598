using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <summary>Sessions by key: an event opens [t, t + gap), sessions that overlap or touch become one. Hot path.</summary>
/// <remarks>
/// Outline: 1. an event inside an open session extends it; 2. any other one is judged by its own [t, t + gap) and merges with what it touches on both sides;
/// 3. a session that grows after it fired is open again, and fires again, under its id if its start is the same; 4. an id whose start is gone is retracted
/// when the session that took it in fires, so that results never name a session that was not emitted; 5. a fired session is kept until nothing can touch it:
/// end + gap + lateness. With <see cref="EmitMode.Final"/> it fires only then, once.
/// </remarks>
internal sealed partial class SessionWindows(WindowPlan plan, int index, WindowShared shared) : KeyedWindows<SessionKey>(plan, index, shared)
{
    private readonly long _gap = plan.Specs[index].GapMs;
    private SessionKey? _found;
    private int _foundAt;

    public override int AddRun(EventBatch batch, int index, int partition)
    {
        var columns = batch.Columns;
        var (times, watermarks, values, keys) = (columns.Times, columns.WatermarksBefore, columns.Values, columns.KeyIndexes);
        var end = batch.Start + batch.Count;
        var at = batch.Start + index;
        for (; at < end; at++)
        {
            var key = Keys.Find(keys[at]);
            var (time, value) = (times[at], values[at]);
            if (key is null || !double.IsFinite(value) || !TryFindOpen(key, time, watermarks[at], out var place))
                break;
            ref var session = ref key.Sessions[place];
            session.EndMs = Math.Max(session.EndMs, time + _gap);
            session.Cell.Add(value, time);
            session.IsDirty = true;
            if (!key.IsDirty)
                MarkDirty(key);
            if (HasExtras)
                session.Cell.AddExtras(WindowEvent.Of(columns, at, partition));
        }
        return at - batch.Start;
    }

    public override bool TryFind(EventColumns columns, int at)
    {
        _found = Keys.Find(columns.KeyIndexes[at]);
        return _found is not null && TryFindOpen(_found, columns.Times[at], columns.WatermarksBefore[at], out _foundAt);
    }

    public override void AddFound(EventColumns columns, int at, in WindowEvent e)
    {
        ref var session = ref _found!.Sessions[_foundAt];
        session.EndMs = Math.Max(session.EndMs, e.TimeMs + _gap);
        AddTo(_found, ref session, e);
    }

    public override Verdict Judge(EventColumns columns, int at)
    {
        var (time, watermark, lateness) = (columns.Times[at], columns.WatermarksBefore[at], Spec.AllowedLatenessMs);
        var end = time + _gap;
        var isBehindOwn = end + lateness <= watermark;
        var isAccepted = !isBehindOwn && end > ClosedNow;
        var key = Keys.Find(columns.KeyIndexes[at]);
        var (from, to) = key is null ? (0, 0) : Touched(key, time, end);
        return new Verdict(
            isAccepted ? 0 : 1, isAccepted, end <= watermark, key is null, from == to, isAccepted && Concludes(key, from, to, end),
            0, 0, time, end, isBehindOwn || isAccepted ? watermark : ClosedBy(end), columns.ReasonOf(watermark, isBehindOwn));
    }

    public override void Add(EventColumns columns, int at, in WindowEvent e, in Verdict verdict)
    {
        var keyIndex = columns.KeyIndexes[at];
        var key = Keys.Find(keyIndex);
        key ??= Made(keyIndex, new SessionKey(columns.Keys[keyIndex]));
        var end = e.TimeMs + _gap;
        var (from, to) = Touched(key, e.TimeMs, end);
        if (from == to)
            Open(key, from, e.TimeMs, end);
        else
            Join(key, from, to, e.TimeMs, end);
        ref var session = ref key.Sessions[from];
        AddTo(key, ref session, e);
        session.IsFired = verdict.Concludes;
        if (!verdict.Concludes)
        {
            Shared.Due.Add(key, DueOf(key, session));
            return;
        }
        Shared.Due.AddClosing(key, Index, ClosesAt(session));
        if (session.IsTouched)
            return;
        session.IsTouched = true;
        Touch(key, e.Offset);
    }

    /// <summary>The event falls into a session that time has not reached, touches no other one, and is on time: nothing but that session changes.</summary>
    private bool TryFindOpen(SessionKey key, long time, long watermark, out int place)
    {
        place = key.FirstEndingFrom(time);
        if (place == key.Count)
            return false;
        ref var session = ref key.Sessions[place];
        var end = time + _gap;
        return time >= session.StartMs && end > watermark && end > Shared.Watermark && session.EndMs > Shared.Watermark
            && (place + 1 == key.Count || end < key.Sessions[place + 1].StartMs);
    }

    /// <summary>The sessions that [time, end) overlaps or touches, as a range of places.</summary>
    private static (int From, int To) Touched(SessionKey key, long time, long end)
    {
        var from = key.FirstEndingFrom(time);
        var to = from;
        while (to < key.Count && key.Sessions[to].StartMs <= end)
            to++;
        return (from, to);
    }

    /// <summary>The session that comes of it would have fired already, and nothing of it still waits to fire.</summary>
    private bool Concludes(SessionKey? key, int from, int to, long end)
    {
        if (IsFinal)
            return false;
        if (to > from)
            end = Math.Max(end, key!.Sessions[to - 1].EndMs);
        if (end > Shared.Watermark)
            return false;
        for (var i = from; i < to; i++)
        {
            if (!key!.Sessions[i].IsFired)
                return false;
        }
        return true;
    }

    private void Open(SessionKey key, int place, long start, long end)
    {
        key.Insert(place, new Session { StartMs = start, EndMs = end, Revision = -1, Cell = Cell.For(Plan) });
        Shared.Cells++;
        Books = Books with { Created = Books.Created + 1 };
    }

    /// <summary>The event's [start, end) and all sessions in the range become one, at the range's first place.</summary>
    private void Join(SessionKey key, int from, int to, long start, long end)
    {
        ref var joined = ref key.Sessions[from];
        var absorbed = new List<AbsorbedSession>();
        if (start < joined.StartMs)
        {
            if (joined.Revision >= 0)
                absorbed.Add(new AbsorbedSession(joined.StartMs, joined.EndMs, joined.Revision));
            (joined.StartMs, joined.Revision) = (start, -1);
        }
        for (var i = from + 1; i < to; i++)
        {
            ref var other = ref key.Sessions[i];
            joined.Cell.Merge(other.Cell);
            absorbed.AddRange(other.Absorbed ?? []);
            if (other.Revision >= 0)
                absorbed.Add(new AbsorbedSession(other.StartMs, other.EndMs, other.Revision));
        }
        joined.EndMs = Math.Max(end, key.Sessions[to - 1].EndMs);
        if (absorbed.Count > 0)
            joined.Absorbed = [.. joined.Absorbed ?? [], .. absorbed];
        var merged = to - from - 1;
        if (merged == 0)
            return;
        key.Remove(from + 1, merged);
        Shared.Cells -= merged;
        Books = Books with { Merged = Books.Merged + merged };
    }

    private void AddTo(SessionKey key, ref Session session, in WindowEvent e)
    {
        session.Cell.Add(e.Value, e.TimeMs);
        session.Cell.AddExtras(e);
        session.IsDirty = true;
        MarkDirty(key);
    }

    private DueAt DueOf(SessionKey key, in Session session) => new(IsFinal ? ClosesAt(session) : session.EndMs, session.StartMs, Index, key.Key);

    /// <summary>When nothing can touch it any more.</summary>
    private long ClosesAt(in Session session) => ClosesAt(session.EndMs + _gap);
}
