using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <summary>Tumbling and sliding windows. An event joins one pane, whatever size and slide; a window that fires merges its panes. Hot path.</summary>
/// <remarks>
/// Outline: 1. the pane a key used last takes the event if it is on time for all windows; else the pane is searched; 2. an event that some window
/// rejects while that window may still be emitted joins a pane of its own, counted only by the windows that take it; 3. windows of a key fire in
/// order; a window that fires is kept for its lateness, to say further revisions; 4. a pane goes with the last window that covers it.
/// </remarks>
internal sealed partial class PanedWindows(WindowPlan plan, int index, WindowShared shared) : KeyedWindows<PanedKey>(plan, index, shared)
{
    private readonly PaneGrid _grid = new(plan.Specs[index]);
    private PanedKey? _found;

    public override int AddRun(EventBatch batch, int index, int partition)
    {
        var columns = batch.Columns;
        var (times, watermarks, values, keys) = (columns.Times, columns.WatermarksBefore, columns.Values, columns.KeyIndexes);
        var fired = Shared.Watermark;
        var end = batch.Start + batch.Count;
        var at = batch.Start + index;
        for (; at < end; at++)
        {
            var key = Keys.Find(keys[at]);
            var (time, value) = (times[at], values[at]);
            if (key is null || !double.IsFinite(value))
                break;
            if ((time < key.HotStartMs || time >= key.HotEndMs || watermarks[at] >= key.HotLimitMs || fired >= key.HotLimitMs) && !TryHeat(key, time, watermarks[at]))
                break;
            ref var pane = ref key.Panes[key.HotAt];
            pane.Cell.Add(value, time);
            pane.IsDirty = true;
            if (!key.IsDirty)
                MarkDirty(key);
            if (HasExtras)
                pane.Cell.AddExtras(WindowEvent.Of(columns, at, partition));
        }
        return at - batch.Start;
    }

    public override bool TryFind(EventColumns columns, int at)
    {
        _found = Keys.Find(columns.KeyIndexes[at]);
        return _found is not null && TryHeat(_found, columns.Times[at], columns.WatermarksBefore[at]);
    }

    public override void AddFound(EventColumns columns, int at, in WindowEvent e) => AddTo(_found!, _found!.HotAt, e);

    public override Verdict Judge(EventColumns columns, int at)
    {
        var (time, watermark, fired, lateness) = (columns.Times[at], columns.WatermarksBefore[at], Shared.Watermark, Spec.AllowedLatenessMs);
        var key = Keys.Find(columns.KeyIndexes[at]);
        var nextWindow = NextOf(key);
        var windows = EventWindows.Of(Spec, time, Math.Max(watermark - lateness, ClosedNow));
        var (first, accepted, rejections, told) = (windows.First, windows.Accepted, windows.Rejections, windows.Told);
        // A window that is closed is never emitted again: only one that is held must not count what it rejected.
        var from = rejections > 0 && windows.Rejected >= FirstHeld(nextWindow) ? accepted : first;
        var isBehindOwn = rejections > 0 && Spec.EndOf(told) + lateness <= watermark;
        return new Verdict(
            rejections, windows.IsAccepted, rejections > 0 || Spec.EndOf(first) <= watermark, key is null, key is null || key.Find(_grid.PaneOf(time), from) < 0,
            !IsFinal && windows.IsAccepted && Spec.EndOf(accepted) <= fired && accepted < nextWindow,
            accepted, from, Spec.StartOf(told), Spec.EndOf(told), isBehindOwn ? watermark : ClosedBy(Spec.EndOf(told)), columns.ReasonOf(watermark, isBehindOwn));
    }

    public override void Add(EventColumns columns, int at, in WindowEvent e, in Verdict verdict)
    {
        var keyIndex = columns.KeyIndexes[at];
        var key = Keys.Find(keyIndex);
        key ??= Made(keyIndex, new PanedKey(columns.Keys[keyIndex], FirstUnfired()));
        key.NextWindow = NextOf(key);
        var index = _grid.PaneOf(e.TimeMs);
        var place = key.Find(index, verdict.From);
        if (place < 0)
            MakePane(key, place = ~place, index, verdict.From);
        AddTo(key, place, e);
        if (verdict.Concludes)
            TouchFired(key, verdict.First, _grid.LastWindow(index), e.Offset);
    }

    /// <summary>An event on time for all windows, none of which has fired, whose pane is there: that pane becomes the hot one.</summary>
    private bool TryHeat(PanedKey key, long time, long watermark)
    {
        if (key.Count == 0 || time is < -EventColumns.TimeMsMax or > EventColumns.TimeMsMax)
            return false;
        var first = Spec.FirstWindow(time);
        var limit = Spec.EndOf(first);
        if (watermark >= limit || Shared.Watermark >= limit)
            return false;
        var index = _grid.PaneOf(time);
        var place = key.Find(index, first);
        if (place < 0)
            return false;
        (key.HotStartMs, key.HotEndMs, key.HotLimitMs, key.HotAt) = (_grid.StartOf(index), _grid.EndOf(index), limit, place);
        return true;
    }

    private void AddTo(PanedKey key, int place, in WindowEvent e)
    {
        ref var pane = ref key.Panes[place];
        pane.Cell.Add(e.Value, e.TimeMs);
        pane.Cell.AddExtras(e);
        pane.IsDirty = true;
        MarkDirty(key);
    }

    private void MakePane(PanedKey key, int place, long index, long from)
    {
        key.Insert(_grid, place, new Pane(index, from) { Cell = Cell.For(Plan) });
        Shared.Cells++;
        Books = Books with { Created = Books.Created + key.CountNew(_grid, place, FirstHeld(key.NextWindow)) };
        var window = Math.Max(key.NextWindow, from);
        if (window <= _grid.LastWindow(index))
            Shared.Due.Add(key, DueOf(key, window));
    }

    private void TouchFired(PanedKey key, long first, long last, long offset)
    {
        for (var window = first; window <= last && window < key.NextWindow; window++)
        {
            ref var fired = ref key.FiredAt(window, out var isNew);
            if (isNew)
                Shared.Due.AddClosing(key, Index, ClosesAt(Spec.EndOf(window)));
            if (fired.IsTouched)
                continue;
            fired.IsTouched = true;
            Touch(key, offset);
        }
    }

    private DueAt DueOf(PanedKey key, long window) =>
        new(IsFinal ? ClosesAt(Spec.EndOf(window)) : Spec.EndOf(window), Spec.StartOf(window), Index, key.Key);

    /// <summary>The first window whose time to fire has not come.</summary>
    private long FirstUnfired() => Spec.FirstEndingAfter(IsFinal ? ClosedNow : Shared.Watermark);

    /// <summary>The first window of the key that has not fired. With nothing due that is the first one that time has not reached.</summary>
    private long NextOf(PanedKey? key)
    {
        var unfired = FirstUnfired();
        return key is null || (key.NextWindow < unfired && !(key.TryNextWindow(_grid, out var window) && window < unfired)) ? unfired : key.NextWindow;
    }

    /// <summary>The first window that may still be emitted.</summary>
    private long FirstHeld(long nextWindow) => Math.Min(nextWindow, Spec.FirstEndingAfter(ClosedNow));
}
