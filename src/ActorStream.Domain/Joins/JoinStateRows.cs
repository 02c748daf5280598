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
            key.TryNextWindow(_grid, out var window);
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
        _books = _books with { Completed = _books.Completed + 1 };
        Settle(key);
        if (key.Count > 0 && key.TryNextWindow(_grid, out var next))
            _due.Add(key, DueOf(key, next));
    }

    private DueAt DueOf(JoinKey key, long window) => new(_spec.EndOf(window) + (_isFinal ? _spec.AllowedLatenessMs : 0), _spec.StartOf(window), 0, key.Key);

    private long ClosesAt(long window) => _spec.EndOf(window) + _spec.AllowedLatenessMs;

    private void MakePane(JoinKey key, int place, long index, long from)
    {
        key.Insert(_grid, place, index, from);
        var (created, late) = (key.CountNew(_grid, place, from), from < key.NextWindow ? key.CountNew(_grid, place, from, key.NextWindow) : 0);
        _books = _books with { Created = _books.Created + created, Completed = _books.Completed + late };
        if (from < key.NextWindow)
            _due.AddClosing(key, 0, ClosesAt(from));
        var unfired = Math.Max(key.NextWindow, from);
        if (unfired <= _grid.LastWindow(index))
            _due.Add(key, DueOf(key, unfired));
    }

    /// <summary>Closes windows that cannot change any more; the key may be gone afterwards.</summary>
    private void Settle(JoinKey key)
    {
        var open = Math.Min(key.TryNextWindow(_grid, out var next) ? next : long.MaxValue, _spec.FirstEndingAfter(Watermark - _spec.AllowedLatenessMs));
        if (open > key.OpenFrom)
        {
            var expired = 0L;
            for (var window = key.OpenFrom; key.TryWindowFrom(_grid, window, out window) && window < open; window++)
                expired++;
            _books = _books with { Expired = _books.Expired + expired };
            key.OpenFrom = open;
            DropPanes(key);
        }
        if (key.TryWindowFrom(_grid, key.OpenFrom, out var oldest) && oldest < key.NextWindow)
            _due.AddClosing(key, 0, ClosesAt(oldest));
        MarkDirty(key);
        RemoveIfEmpty(key);
    }

    private void DropPanes(JoinKey key)
    {
        var behind = key.CountBehind(_grid, key.OpenFrom);
        if (behind > 0)
            _held -= key.RemoveFirstPanes(behind);
    }

    private void RemoveIfEmpty(JoinKey key)
    {
        if (key.Count > 0)
            return;
        _keys.Remove(key);
        key.Unqueue();
    }
}
