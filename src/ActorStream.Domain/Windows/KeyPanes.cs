namespace ActorStream.Domain.Windows;

/// <summary>Events between two neighbouring edges of windows that the windows from <see cref="From"/> on take.</summary>
internal interface IPane
{
    long Index { get; }

    /// <summary>Lowest window that takes them: the first that covers the pane, unless they were too late for that.</summary>
    long From { get; }

    /// <summary>Events held.</summary>
    long Count { get; }
}

/// <summary>What one key has of a tumbling or sliding spec, summed up or joined: panes in order of (index, from), and which windows they make up.</summary>
internal abstract class KeyPanes<TPane>(string key, long nextWindow) : KeyWindows(key)
    where TPane : struct, IPane
{
    public TPane[] Panes = new TPane[1];

    /// <summary>Windows of a lower index have fired, or never will by themselves.</summary>
    public long NextWindow = nextWindow;

    /// <summary>Some pane is not counted by all windows that cover it.</summary>
    private bool _hasSplit;

    /// <summary>Place of the pane, or the complement of where it belongs. Most are near the end.</summary>
    public int Find(long index, long from)
    {
        var (low, high) = (0, Count - 1);
        if (high >= 0 && (Panes[high].Index, Panes[high].From).CompareTo((index, from)) < 0)
            return ~Count;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = (Panes[middle].Index, Panes[middle].From).CompareTo((index, from));
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }

    /// <summary>The window counts the events of the pane at this place.</summary>
    public bool IsOf(in PaneGrid grid, int place, long window) => Panes[place].From <= window && window <= grid.LastWindow(Panes[place].Index);

    /// <summary>Events that the window counts.</summary>
    public long CountOf(in PaneGrid grid, long window)
    {
        var count = 0L;
        for (var i = 0; i < Count; i++)
            count += IsOf(grid, i, window) ? Panes[i].Count : 0;
        return count;
    }

    /// <summary>The first window that holds something and has not fired.</summary>
    public bool TryNextWindow(in PaneGrid grid, out long window) => TryWindowFrom(grid, NextWindow, out window);

    /// <summary>The first window of this index or a higher one that holds something.</summary>
    public bool TryWindowFrom(in PaneGrid grid, long least, out long window)
    {
        window = long.MaxValue;
        for (var i = 0; i < Count; i++)
        {
            var first = Math.Max(least, Panes[i].From);
            if (first < window && first <= grid.LastWindow(Panes[i].Index))
                window = first;
        }
        return window != long.MaxValue;
    }

    /// <summary>Windows from <paramref name="least"/> on and below <paramref name="below"/> that have their first event by the pane at this place.</summary>
    public long CountNew(in PaneGrid grid, int place, long least, long below = long.MaxValue)
    {
        var (first, last) = (Math.Max(least, Panes[place].From), Math.Min(below - 1, grid.LastWindow(Panes[place].Index)));
        if (_hasSplit)
        {
            var count = 0;
            for (var window = first; window <= last; window++)
                count += IsOfOther(grid, place, window) ? 0 : 1;
            return count;
        }
        // Windows that cover both sides of it cover it too: only the neighbours matter.
        if (place > 0)
            first = Math.Max(first, grid.LastWindow(Panes[place - 1].Index) + 1);
        if (place + 1 < Count)
            last = Math.Min(last, Panes[place + 1].From - 1);
        return Math.Max(0, last - first + 1);
    }

    /// <summary>How many panes, from the first on, no window from this one on counts.</summary>
    public int CountBehind(in PaneGrid grid, long window)
    {
        var behind = 0;
        while (behind < Count && grid.LastWindow(Panes[behind].Index) < window)
            behind++;
        return behind;
    }

    protected void InsertPane(in PaneGrid grid, int at, in TPane pane)
    {
        if (Count == Panes.Length)
            Array.Resize(ref Panes, 2 * Count);
        Array.Copy(Panes, at, Panes, at + 1, Count - at);
        Panes[at] = pane;
        Count++;
        _hasSplit |= pane.From != grid.FirstWindow(pane.Index);
    }

    protected void RemoveFirst(int panes)
    {
        Array.Copy(Panes, panes, Panes, 0, Count - panes);
        Array.Clear(Panes, Count - panes, panes);
        Count -= panes;
    }

    private bool IsOfOther(in PaneGrid grid, int place, long window)
    {
        for (var i = 0; i < Count; i++)
        {
            if (i != place && IsOf(grid, i, window))
                return true;
        }
        return false;
    }
}
