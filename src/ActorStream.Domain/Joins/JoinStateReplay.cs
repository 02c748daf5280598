using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <content>Capture and replay.</content>
public sealed partial class JoinState
{
    public bool IsDirty => _dirty.Count > 0 || _intake.IsDirty || _captured != (Watermark, _books, _rows?.Capture());

    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        var capture = new JoinCapture();
        foreach (var key in _dirty)
        {
            capture.Add(key, all: false);
            key.IsDirty = false;
        }
        _dirty.Clear();
        _intake.Captured();
        _captured = (Watermark, _books, _rows?.Capture());
        return new JoinStateChange(Watermark, Books, _captured.Rows, capture.ToContents());
    }

    public IStateSnapshot CaptureAll()
    {
        var capture = new JoinCapture();
        foreach (var key in _keys.All)
            capture.Add(key, all: true);
        return new JoinStateSnapshot(Watermark, Books, _rows?.Capture(), capture.ToContents());
    }

    public void Fold(IStateChange change)
    {
        if (change is not JoinStateChange join)
            throw new InvalidDataException($"The journal of pipeline {_plan.PipelineId} holds a {change.GetType().Name}, which is no state of a join.");
        Take(join.Watermark, join.Books, join.Rows, join.Contents);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not JoinStateSnapshot join)
            throw new InvalidDataException($"The snapshot of pipeline {_plan.PipelineId} holds a {snapshot.GetType().Name}, which is no state of a join.");
        _keys.Clear();
        _dirty.Clear();
        _held = 0;
        Take(join.Watermark, join.Books, join.Rows, join.Contents);
    }

    private void Take(long watermark, WindowBooks books, JoinRowsState? rows, JoinContents contents)
    {
        if (books.Specs.Count != 1)
            throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} is of {books.Specs.Count} window specs, a join has one.");
        Watermark = watermark;
        _intake.GoOn(books);
        _books = books.Specs[0];
        ReadOnlySpan<JoinPaneState> panes = contents.Panes.ToArray();
        ReadOnlySpan<JoinedEvent> events = contents.Events.ToArray();
        foreach (var key in contents.Keys)
        {
            Fold(key, panes[..key.Panes], ref events);
            panes = panes[key.Panes..];
        }
        _rows = rows is null ? null : RowsOf(rows);
        _captured = (Watermark, _books, rows);
        _isReplayed = true;
    }

    private JoinRows RowsOf(JoinRowsState rows) => new(
        _keys.Find(rows.Key) ?? throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} lets rows of key \"{rows.Key}\" leave and does not hold it."),
        rows.Window, rows.LastWindow, rows.NewSide, rows.PaneIndex, rows.PaneFrom) { Done = rows.Done };

    private void Fold(JoinKeyState state, ReadOnlySpan<JoinPaneState> panes, ref ReadOnlySpan<JoinedEvent> events)
    {
        var key = _keys.Find(state.Key);
        if (key is null)
        {
            if (panes.IsEmpty)
                return;
            _keys.Add(key = new JoinKey(state.Key, state.NextWindow));
        }
        (key.NextWindow, key.OpenFrom) = (state.NextWindow, state.OpenFrom);
        DropPanes(key);
        foreach (var (index, from, left, right) in panes)
        {
            var place = key.Find(index, from);
            if (place < 0)
                key.Insert(_grid, place = ~place, index, from);
            ref var pane = ref key.Panes[place];
            pane.Left.Append(events[..left]);
            pane.Right.Append(events.Slice(left, right));
            events = events[(left + right)..];
            _held += left + right;
        }
        RemoveIfEmpty(key);
    }

    /// <summary>After a replay the queue is made anew.</summary>
    private void Prepare()
    {
        if (!_isReplayed)
            return;
        _isReplayed = false;
        _due.Clear();
        foreach (var key in _keys.All)
        {
            key.Unqueue();
            // What is leaving has left the queue.
            if (key.TryWindowFrom(_grid, _rows is { IsFiring: true } rows && rows.Key == key ? rows.Window + 1 : key.NextWindow, out var next))
                _due.Add(key, DueOf(key, next));
            if (key.TryWindowFrom(_grid, key.OpenFrom, out var oldest) && oldest < key.NextWindow)
                _due.AddClosing(key, 0, ClosesAt(oldest));
        }
    }

    /// <summary>Collects events as values.</summary>
    private sealed class JoinCapture
    {
        private readonly List<JoinKeyState> _keys = [];
        private readonly List<JoinPaneState> _panes = [];
        private readonly List<JoinedEvent> _events = [];

        public void Add(JoinKey key, bool all)
        {
            var panes = _panes.Count;
            for (var i = 0; i < key.Count; i++)
            {
                ref var pane = ref key.Panes[i];
                if (!all && !pane.IsDirty)
                    continue;
                _panes.Add(new JoinPaneState(pane.Index, pane.From, pane.Left.CaptureInto(_events, all), pane.Right.CaptureInto(_events, all)));
            }
            _keys.Add(new JoinKeyState(key.Key, key.NextWindow, key.Count == 0 ? long.MaxValue : key.OpenFrom, _panes.Count - panes));
        }

        public JoinContents ToContents() => new([.. _keys], [.. _panes], [.. _events]);
    }
}
