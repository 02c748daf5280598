using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <content>Rows that leave, windows that close.</content>
public sealed partial class JoinState
{
    /// <summary>Lets leave what is due while the outbox takes it, then closes what cannot change any more. Whatever is owed to a window leaves before it closes.</summary>
    private void Advance(IOutputs outputs)
    {
        Prepare();
        Leave(outputs, PartitionId.None);
        while (_rows is null && !outputs.Full && _due.TryPeek(Watermark, out var found, out _))
        {
            var key = (JoinKey)found;
            _due.Remove(key);
            TryNextWindow(key, out var window);
            _rows = new JoinRows(key, window, window, null, 0, 0);
            Leave(outputs, PartitionId.None);
        }
        while (_rows is null && _due.TryTakeClosing(Watermark, out var closing, out _))
            Settle((JoinKey)closing);
    }

    /// <param name="causeOffset">Of the record that is being applied, which caused them; <see cref="PartitionId.None"/> when they were due or are owed since before.</param>
    private void Leave(IOutputs outputs, long causeOffset)
    {
        while (_rows is { } rows)
        {
            for (var total = rows.Total(_join.Type, _grid); rows.Done < total; rows.Done++)
            {
                if (outputs.Full)
                    return;
                var (left, right, revision) = rows.Next();
                var (start, end) = (_spec.StartOf(rows.Window), _spec.EndOf(rows.Window));
                outputs.Emit(_plan.ResultsTopic, rows.Key.Key, new JoinResult(_plan.PipelineId, _plan.NameOf(0), rows.Key.Key, _spec.Type, start, end, revision, left, right), causeOffset);
            }
            if (rows.IsFiring)
                Fired(rows.Key, rows.Window);
            if (!rows.TryNextWindow())
                _rows = null;
        }
    }

    private void Fired(JoinKey key, long window)
    {
        key.NextWindow = window + 1;
        _counts.Windows = _counts.Windows with { Completed = _counts.Windows.Completed + 1 };
        Settle(key);
        if (key.Count > 0 && TryNextWindow(key, out var next))
            _due.Add(key, DueOf(key, next));
    }

    private DueAt DueOf(JoinKey key, long window) => new(_spec.EndOf(window) + (_isFinal ? _spec.AllowedLatenessMs : 0), _spec.StartOf(window), 0, key.Key);

    private long ClosesAt(long window) => _spec.EndOf(window) + _spec.AllowedLatenessMs;

    /// <summary>The first window of the key that holds something and has not fired.</summary>
    private bool TryNextWindow(JoinKey key, out long window) => TryWindowFrom(key, key.NextWindow, out window);

    private bool TryWindowFrom(JoinKey key, long least, out long window)
    {
        window = long.MaxValue;
        for (var i = 0; i < key.Count; i++)
        {
            var first = Math.Max(least, key.Panes[i].From);
            if (first <= _grid.LastWindow(key.Panes[i].Index))
                window = Math.Min(window, first);
        }
        return window != long.MaxValue;
    }

    private void MakePane(JoinKey key, int place, long index, long from)
    {
        key.Insert(place, index, from);
        key.HasSplit |= from != _grid.FirstWindow(index);
        var (created, late) = (CountNew(key, place, long.MaxValue), from < key.NextWindow ? CountNew(key, place, key.NextWindow) : 0);
        _counts.Windows = _counts.Windows with { Created = _counts.Windows.Created + created, Completed = _counts.Windows.Completed + late };
        if (from < key.NextWindow)
            _due.AddClosing(key, 0, ClosesAt(from));
        var unfired = Math.Max(key.NextWindow, from);
        if (unfired <= _grid.LastWindow(index))
            _due.Add(key, DueOf(key, unfired));
    }

    /// <summary>Windows of an index below this one that have their first event by this pane.</summary>
    private long CountNew(JoinKey key, int place, long below)
    {
        var (first, last) = (key.Panes[place].From, Math.Min(below - 1, _grid.LastWindow(key.Panes[place].Index)));
        if (key.HasSplit)
        {
            var count = 0;
            for (var window = first; window <= last; window++)
                count += IsCovered(key, window, place) ? 0 : 1;
            return count;
        }
        // Windows that cover both sides of it cover it too: only the neighbours matter.
        if (place > 0)
            first = Math.Max(first, _grid.LastWindow(key.Panes[place - 1].Index) + 1);
        if (place + 1 < key.Count)
            last = Math.Min(last, key.Panes[place + 1].From - 1);
        return Math.Max(0, last - first + 1);
    }

    private bool IsCovered(JoinKey key, long window, int except)
    {
        for (var i = 0; i < key.Count; i++)
        {
            if (i != except && key.Panes[i].From <= window && window <= _grid.LastWindow(key.Panes[i].Index))
                return true;
        }
        return false;
    }

    private long CountOf(JoinKey key, long window)
    {
        var count = 0L;
        for (var i = 0; i < key.Count; i++)
        {
            ref var pane = ref key.Panes[i];
            if (pane.From <= window && window <= _grid.LastWindow(pane.Index))
                count += pane.Left.Count + pane.Right.Count;
        }
        return count;
    }

    /// <summary>Closes windows that cannot change any more; the key may be gone afterwards.</summary>
    private void Settle(JoinKey key)
    {
        var open = Math.Min(TryNextWindow(key, out var next) ? next : long.MaxValue, _spec.FirstEndingAfter(Watermark - _spec.AllowedLatenessMs));
        if (open > key.OpenFrom)
        {
            var expired = 0L;
            for (var window = key.OpenFrom; TryWindowFrom(key, window, out window) && window < open; window++)
                expired++;
            _counts.Windows = _counts.Windows with { Expired = _counts.Windows.Expired + expired };
            key.OpenFrom = open;
            DropPanes(key);
        }
        if (TryWindowFrom(key, key.OpenFrom, out var oldest) && oldest < key.NextWindow)
            _due.AddClosing(key, 0, ClosesAt(oldest));
        MarkDirty(key);
        RemoveIfEmpty(key);
    }

    private void DropPanes(JoinKey key)
    {
        var dead = 0;
        while (dead < key.Count && _grid.LastWindow(key.Panes[dead].Index) < key.OpenFrom)
            dead++;
        if (dead > 0)
            _held -= key.RemoveFirst(dead);
    }

    private void RemoveIfEmpty(JoinKey key)
    {
        if (key.Count > 0)
            return;
        _keys.Remove(key);
        (key.QueuedAtMs, key.ClosingAtMs) = (KeyWindows.Never, KeyWindows.Never);
    }
}
