using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>Rows that are leaving, of one key: of a window that fires, or those that a late event adds to windows that have fired. While there are some no record is applied, so what they are made of stands still.</summary>
/// <param name="newSide">Of the late event, the last of its side in its pane; null: the window fires.</param>
internal sealed class JoinRows(JoinKey key, long window, long lastWindow, JoinSide? newSide, long paneIndex, long paneFrom)
{
    private JoinedEvent[]? _left;
    private JoinedEvent[]? _right;
    private bool _retracts;

    public JoinKey Key => key;

    /// <summary>Its rows leave now.</summary>
    public long Window { get; private set; } = window;

    public bool IsFiring => newSide is null;

    /// <summary>So many rows of the window have left.</summary>
    public long Done { get; set; }

    public JoinRowsState Capture() => new(key.Key, Window, lastWindow, newSide, paneIndex, paneFrom, Done);

    /// <summary>False: that was the last window.</summary>
    public bool TryNextWindow()
    {
        if (Window == lastWindow)
            return false;
        Window++;
        Done = 0;
        _left = _right = null;
        return true;
    }

    /// <summary>How many rows the window gives.</summary>
    public long Total(JoinType type, PaneGrid grid)
    {
        if (_left is null)
            Gather(grid, type);
        if (_retracts)
            return 2L * _left!.Length;
        return _right!.Length == 0 ? type == JoinType.Left ? _left!.Length : 0 : (long)_left!.Length * _right.Length;
    }

    /// <summary>The row at <see cref="Done"/>: of a late right event that is the first, each left one is told as single no more, then as a pair.</summary>
    public (JoinedEvent Left, JoinedEvent? Right, int Revision) Next()
    {
        if (_retracts)
            return Done % 2 == 0 ? (_left![Done / 2], null, 1) : (_left![Done / 2], _right![0], 0);
        return _right!.Length == 0 ? (_left![Done], null, 0) : (_left![Done / _right.Length], _right[Done % _right.Length], 0);
    }

    private void Gather(PaneGrid grid, JoinType type)
    {
        var (left, right) = (new List<JoinedEvent>(), new List<JoinedEvent>());
        for (var i = 0; i < key.Count; i++)
        {
            if (!key.IsOf(grid, i, Window))
                continue;
            ref var pane = ref key.Panes[i];
            left.AddRange(pane.Left.AsSpan());
            right.AddRange(pane.Right.AsSpan());
        }
        _retracts = newSide == JoinSide.Right && type == JoinType.Left && right.Count == 1;
        if (newSide is { } side)
        {
            ref var pane = ref key.Panes[key.Find(paneIndex, paneFrom)];
            if (side == JoinSide.Left)
                left = [pane.Left.Items[pane.Left.Count - 1]];
            else
                right = [pane.Right.Items[pane.Right.Count - 1]];
        }
        (_left, _right) = ([.. left], [.. right]);
    }
}
