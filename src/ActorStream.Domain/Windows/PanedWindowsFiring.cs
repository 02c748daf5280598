using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <content>Firing, revising and closing; capture and replay.</content>
internal sealed partial class PanedWindows
{
    public override bool TryNextDue(KeyWindows key, out DueAt at)
    {
        var paned = (PanedKey)key;
        var isDue = TryNextWindow(paned, out var window);
        at = isDue ? DueOf(paned, window) : default;
        return isDue;
    }

    public override void Fire(KeyWindows key, IOutputs outputs)
    {
        var paned = (PanedKey)key;
        TryNextWindow(paned, out var window);
        Emit(outputs, Result(key, Spec.StartOf(window), Spec.EndOf(window), 0, Read(paned, window)), Records.PartitionId.None);
        Books = Books with { Completed = Books.Completed + 1 };
        paned.NextWindow = window + 1;
        var closesAt = ClosesAt(Spec.EndOf(window));
        if (closesAt > Shared.Watermark)
        {
            ref var fired = ref paned.FiredAt(window, out _);
            (fired.Revision, fired.IsDirty) = (0, true);
            Shared.Due.AddClosing(key, Index, closesAt);
        }
        else
        {
            Books = Books with { Expired = Books.Expired + 1 };
        }
        Settle(paned);
    }

    public override void Revise(KeyWindows key, IOutputs outputs)
    {
        var paned = (PanedKey)key;
        for (var i = 0; i < paned.FiredCount; i++)
        {
            ref var fired = ref paned.Fired[i];
            if (!fired.IsTouched)
                continue;
            (fired.IsTouched, fired.IsDirty) = (false, true);
            if (++fired.Revision == 0)
                Books = Books with { Completed = Books.Completed + 1 };
            Emit(outputs, Result(key, Spec.StartOf(fired.Window), Spec.EndOf(fired.Window), fired.Revision, Read(paned, fired.Window)), key.Cause);
        }
        MarkDirty(key);
    }

    public override void Close(KeyWindows key) => Settle((PanedKey)key);

    public override void Enqueue()
    {
        foreach (var key in _keys.All)
        {
            (key.QueuedAtMs, key.ClosingAtMs) = (KeyWindows.Never, KeyWindows.Never);
            if (TryNextDue(key, out var at))
                Shared.Due.Add(key, at);
            if (key.FiredCount > 0)
                Shared.Due.AddClosing(key, Index, ClosesAt(Spec.EndOf(key.Fired[0].Window)));
        }
    }

    public override void Capture(KeyWindows key, WindowCapture into, bool all)
    {
        var paned = (PanedKey)key;
        var (panes, fired) = (into.Panes.Count, into.Fired.Count);
        for (var i = 0; i < paned.Count; i++)
        {
            ref var pane = ref paned.Panes[i];
            if (all || pane.IsDirty)
                into.Panes.Add(new PaneState(pane.Index, pane.From, pane.Cell.Capture()));
            pane.IsDirty &= all;
        }
        for (var i = 0; i < paned.FiredCount; i++)
        {
            ref var window = ref paned.Fired[i];
            if (all || window.IsDirty)
                into.Fired.Add(new FiredWindowState(window.Window, window.Revision));
            window.IsDirty &= all;
        }
        var panesFrom = paned.Count > 0 ? paned.Panes[0].Index : long.MaxValue;
        var firedFrom = paned.FiredCount > 0 ? paned.Fired[0].Window : long.MaxValue;
        into.PanedKeys.Add(new PanedKeyState(Index, key.Key, paned.NextWindow, panesFrom, into.Panes.Count - panes, firedFrom, into.Fired.Count - fired));
    }

    public override void CaptureAll(WindowCapture into)
    {
        foreach (var key in _keys.All)
            Capture(key, into, all: true);
    }

    public override void Clear()
    {
        Shared.Keys -= _keys.Count;
        Shared.Cells -= _keys.All.Sum(k => k.Count);
        _keys.Clear();
        Books = default;
    }

    public override void Describe(WindowListing into)
    {
        foreach (var key in _keys.All)
        {
            var next = NextOf(key);
            var last = _grid.LastWindow(key.Panes[key.Count - 1].Index);
            for (var window = Math.Max(FirstHeld(next), _grid.FirstWindow(key.Panes[0].Index)); window <= last && into.Wants(Spec.StartOf(window)); window++)
            {
                var count = CountOf(key, window);
                if (count > 0)
                    into.Add(Description(key, Spec.StartOf(window), Spec.EndOf(window), count, window < next));
            }
        }
    }

    public void Fold(PanedKeyState state, ReadOnlySpan<PaneState> panes, ReadOnlySpan<FiredWindowState> fired)
    {
        var key = _keys.Find(state.Key);
        if (key is null)
        {
            if (panes.IsEmpty)
                return;
            _keys.Add(key = new PanedKey(state.Key, state.NextWindow));
            Shared.Keys++;
        }
        key.NextWindow = state.NextWindow;
        DropPanes(key, state.PanesFrom);
        var closed = 0;
        while (closed < key.FiredCount && key.Fired[closed].Window < state.FiredFrom)
            closed++;
        key.RemoveFirstFired(closed);
        foreach (var pane in panes)
            Put(key, pane);
        foreach (var (window, revision) in fired)
            key.FiredAt(window, out _).Revision = revision;
        RemoveIfEmpty(key);
    }

    private void Put(PanedKey key, in PaneState pane)
    {
        var place = key.Find(pane.Index, pane.From);
        if (place < 0)
        {
            key.Insert(place = ~place, new Pane { Index = pane.Index, From = pane.From });
            key.HasSplit |= pane.From != _grid.FirstWindow(pane.Index);
            Shared.Cells++;
        }
        key.Panes[place].Cell = Cell.From(pane.Cell);
    }

    private bool TryNextWindow(PanedKey key, out long window)
    {
        window = long.MaxValue;
        for (var i = 0; i < key.Count; i++)
        {
            ref var pane = ref key.Panes[i];
            var first = Math.Max(key.NextWindow, pane.From);
            if (first < window && first <= _grid.LastWindow(pane.Index))
                window = first;
        }
        return window != long.MaxValue;
    }

    private WindowData Read(PanedKey key, long window)
    {
        var (from, to) = (_grid.PaneOf(Spec.StartOf(window)), _grid.PaneOf(Spec.EndOf(window)));
        var all = Cell.For(Plan);
        for (var i = 0; i < key.Count && key.Panes[i].Index < to; i++)
        {
            ref var pane = ref key.Panes[i];
            if (pane.Index >= from && pane.From <= window)
                all.Merge(pane.Cell);
        }
        return all.Read(Plan);
    }

    private long CountOf(PanedKey key, long window)
    {
        var count = 0L;
        for (var i = 0; i < key.Count; i++)
        {
            ref var pane = ref key.Panes[i];
            if (pane.From <= window && window <= _grid.LastWindow(pane.Index) && window >= _grid.FirstWindow(pane.Index))
                count += pane.Cell.Count;
        }
        return count;
    }

    /// <summary>Closes what cannot change any more; the key may be gone afterwards.</summary>
    private void Settle(PanedKey key)
    {
        key.NextWindow = NextOf(key);
        var closed = 0;
        while (closed < key.FiredCount && ClosesAt(Spec.EndOf(key.Fired[closed].Window)) <= Shared.Watermark)
            closed++;
        key.RemoveFirstFired(closed);
        Books = Books with { Expired = Books.Expired + closed };
        if (key.FiredCount > 0)
            Shared.Due.AddClosing(key, Index, ClosesAt(Spec.EndOf(key.Fired[0].Window)));
        var held = FirstHeld(key.NextWindow);
        var dead = 0;
        while (dead < key.Count && _grid.LastWindow(key.Panes[dead].Index) < held)
            dead++;
        if (dead > 0)
        {
            key.RemoveFirstPanes(dead);
            Shared.Cells -= dead;
        }
        MarkDirty(key);
        RemoveIfEmpty(key);
    }

    private void DropPanes(PanedKey key, long from)
    {
        var dropped = 0;
        while (dropped < key.Count && key.Panes[dropped].Index < from)
            dropped++;
        key.RemoveFirstPanes(dropped);
        Shared.Cells -= dropped;
    }

    private void RemoveIfEmpty(PanedKey key)
    {
        if (key.Count > 0)
            return;
        _keys.Remove(key);
        Shared.Keys--;
        (key.QueuedAtMs, key.ClosingAtMs) = (KeyWindows.Never, KeyWindows.Never);
    }
}
