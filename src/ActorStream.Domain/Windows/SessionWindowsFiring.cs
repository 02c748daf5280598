using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

/// <content>Firing, revising and closing; capture and replay.</content>
internal sealed partial class SessionWindows
{
    public override bool TryNextDue(KeyWindows key, out DueAt at)
    {
        var sessions = (SessionKey)key;
        var place = FirstUnfired(sessions);
        at = place < sessions.Count ? DueOf(sessions, sessions.Sessions[place]) : default;
        return place < sessions.Count;
    }

    public override void Fire(KeyWindows key, IOutputs outputs)
    {
        var sessions = (SessionKey)key;
        ref var session = ref sessions.Sessions[FirstUnfired(sessions)];
        session.IsFired = true;
        Say(key, ref session, outputs, PartitionId.None);
        Shared.Due.AddClosing(key, Index, ClosesAt(session));
        MarkDirty(key);
    }

    public override void Revise(KeyWindows key, IOutputs outputs)
    {
        var sessions = (SessionKey)key;
        for (var i = 0; i < sessions.Count; i++)
        {
            ref var session = ref sessions.Sessions[i];
            if (!session.IsTouched)
                continue;
            session.IsTouched = false;
            // Merged into a session that time has not reached: it speaks when it fires.
            if (session.IsFired)
                Say(key, ref session, outputs, key.Cause);
        }
        MarkDirty(key);
    }

    public override void Close(KeyWindows key)
    {
        var sessions = (SessionKey)key;
        var closed = 0;
        while (closed < sessions.Count && sessions.Sessions[closed].IsFired && ClosesAt(sessions.Sessions[closed]) <= Shared.Watermark)
            closed++;
        if (closed > 0)
        {
            sessions.Remove(0, closed);
            Shared.Cells -= closed;
            Books = Books with { Expired = Books.Expired + closed };
            MarkDirty(key);
        }
        if (sessions.Count > 0 && sessions.Sessions[0].IsFired)
            QueueClosing(sessions);
        RemoveIfEmpty(sessions);
    }

    public override void Capture(KeyWindows key, WindowCapture into, bool all)
    {
        var sessions = (SessionKey)key;
        var before = into.Sessions.Count;
        for (var i = 0; i < sessions.Count; i++)
        {
            ref var session = ref sessions.Sessions[i];
            if (all || session.IsDirty)
                into.Sessions.Add(new SessionState(session.StartMs, session.EndMs, session.Revision, session.IsFired, session.Cell.Capture(), session.Absorbed ?? []));
            session.IsDirty &= all;
        }
        var from = sessions.Count > 0 ? sessions.Sessions[0].StartMs : long.MaxValue;
        into.SessionKeys.Add(new SessionKeyState(Index, key.Key, from, into.Sessions.Count - before));
    }

    public override void Describe(WindowListing into)
    {
        foreach (var key in Keys.All)
        {
            for (var i = 0; i < key.Count && into.Wants(key.Sessions[i].StartMs); i++)
            {
                ref var session = ref key.Sessions[i];
                into.Add(Description(key, session.StartMs, session.EndMs, session.Cell.Count, session.IsFired));
            }
        }
    }

    public void Fold(SessionKeyState state, ReadOnlySpan<SessionState> sessions)
    {
        var key = Keys.Find(state.Key);
        if (key is null)
        {
            if (sessions.IsEmpty)
                return;
            key = Made(new SessionKey(state.Key));
        }
        var gone = 0;
        while (gone < key.Count && key.Sessions[gone].StartMs < state.SessionsFrom)
            gone++;
        key.Remove(0, gone);
        Shared.Cells -= gone;
        foreach (var session in sessions)
            Put(key, session);
        RemoveIfEmpty(key);
    }

    protected override void QueueClosing(SessionKey key) => Shared.Due.AddClosing(key, Index, ClosesAt(key.Sessions[0]));

    private void Put(SessionKey key, in SessionState state)
    {
        var from = key.FirstEndingFrom(state.StartMs);
        var to = from;
        while (to < key.Count && key.Sessions[to].StartMs <= state.EndMs)
            to++;
        key.Remove(from, to - from);
        key.Insert(from, new Session
        {
            StartMs = state.StartMs, EndMs = state.EndMs, Revision = state.Revision, IsFired = state.IsFired,
            Cell = Cell.From(state.Cell), Absorbed = state.Absorbed.Count > 0 ? [.. state.Absorbed] : null,
        });
        Shared.Cells += 1 - (to - from);
    }

    /// <summary>Retractions first: whoever adds up what the ids say never counts an event twice.</summary>
    private void Say(KeyWindows key, ref Session session, IOutputs outputs, long cause)
    {
        foreach (var (start, end, revision) in session.Absorbed ?? [])
            Emit(outputs, Result(key, start, end, revision + 1, WindowData.None) with { MergedIntoStartMs = session.StartMs }, cause);
        session.Absorbed = null;
        session.IsDirty = true;
        if (++session.Revision == 0)
            Books = Books with { Completed = Books.Completed + 1 };
        Emit(outputs, Result(key, session.StartMs, session.EndMs, session.Revision, session.Cell.Read(Plan)), cause);
    }

    private static int FirstUnfired(SessionKey key)
    {
        var place = 0;
        while (place < key.Count && key.Sessions[place].IsFired)
            place++;
        return place;
    }
}
