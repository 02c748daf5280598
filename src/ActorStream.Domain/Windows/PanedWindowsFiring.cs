using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <content>Firing, revising and closing; capture and replay.</content>
internal sealed partial class PanedWindows
{
    public override bool TryNextDue(KeyWindows key, out DueAt at)
    {
        var paned = (PanedKey)key;
        var isDue = paned.TryNextWindow(_grid, out var window);
        at = isDue ? DueOf(paned, window) : default;
        return isDue;
    }

    public override void Fire(KeyWindows key, IOutputs outputs)
    {
        var paned = (PanedKey)key;
        paned.TryNextWindow(_grid, out var window);
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

    public override void Describe(WindowListing into)
    {
        foreach (var key in Keys.All)
        {
            var next = NextOf(key);
            var last = _grid.LastWindow(key.Panes[key.Count - 1].Index);
            for (var window = Math.Max(FirstHeld(next), _grid.FirstWindow(key.Panes[0].Index)); window <= last && into.Wants(Spec.StartOf(window)); window++)
            {
                var count = key.CountOf(_grid, window);
                if (count > 0)
                    into.Add(Description(key, Spec.StartOf(window), Spec.EndOf(window), count, window < next));
            }
        }
    }

    public void Fold(PanedKeyState state, ReadOnlySpan<PaneState> panes, ReadOnlySpan<FiredWindowState> fired)
    {
        var key = Keys.Find(state.Key);
        if (key is null)
        {
            if (panes.IsEmpty)
                return;
            key = Made(new PanedKey(state.Key, state.NextWindow));
        }
        key.NextWindow = state.NextWindow;
        var gone = 0;
        while (gone < key.Count && key.Panes[gone].Index < state.PanesFrom)
            gone++;
        RemovePanes(key, gone);
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

    protected override void QueueClosing(PanedKey key)
    {
        if (key.FiredCount > 0)
            Shared.Due.AddClosing(key, Index, ClosesAt(Spec.EndOf(key.Fired[0].Window)));
    }

    private void Put(PanedKey key, in PaneState pane)
    {
        var place = key.Find(pane.Index, pane.From);
        if (place < 0)
        {
            key.Insert(_grid, place = ~place, new Pane(pane.Index, pane.From));
            Shared.Cells++;
        }
        key.Panes[place].Cell = Cell.From(pane.Cell);
    }

    private WindowData Read(PanedKey key, long window)
    {
        var end = _grid.PaneOf(Spec.EndOf(window));
        var all = Cell.For(Plan);
        for (var i = 0; i < key.Count && key.Panes[i].Index < end; i++)
        {
            if (key.IsOf(_grid, i, window))
                all.Merge(key.Panes[i].Cell);
        }
        return all.Read(Plan);
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
        QueueClosing(key);
        RemovePanes(key, key.CountBehind(_grid, FirstHeld(key.NextWindow)));
        MarkDirty(key);
        RemoveIfEmpty(key);
    }

    private void RemovePanes(PanedKey key, int count)
    {
        if (count == 0)
            return;
        key.RemoveFirstPanes(count);
        Shared.Cells -= count;
    }
}
