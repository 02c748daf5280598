using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>What one key holds: panes in order of (index, from).</summary>
internal sealed class JoinKey(string key, long nextWindow) : KeyWindows(key)
{
    public JoinPane[] Panes = new JoinPane[1];
    public int Count;

    /// <summary>Windows of a lower index have fired, or never will by themselves.</summary>
    public long NextWindow = nextWindow;

    /// <summary>Windows of a lower index are closed and counted as expired.</summary>
    public long OpenFrom = long.MinValue;

    /// <summary>Some pane is not counted by all windows that cover it.</summary>
    public bool HasSplit;

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

    public void Insert(int at, long index, long from)
    {
        if (Count == Panes.Length)
            Array.Resize(ref Panes, 2 * Count);
        Array.Copy(Panes, at, Panes, at + 1, Count - at);
        Panes[at] = new JoinPane { Index = index, From = from };
        Count++;
    }

    /// <summary>Returns how many events went with them.</summary>
    public int RemoveFirst(int panes)
    {
        var events = 0;
        for (var i = 0; i < panes; i++)
            events += Panes[i].Left.Count + Panes[i].Right.Count;
        Array.Copy(Panes, panes, Panes, 0, Count - panes);
        Array.Clear(Panes, Count - panes, panes);
        Count -= panes;
        return events;
    }
}

/// <summary>Events between two neighbouring edges of windows that the windows from <see cref="From"/> on take.</summary>
internal struct JoinPane
{
    public long Index;
    public long From;
    public JoinList Left;
    public JoinList Right;

    public readonly bool IsDirty => Left.Captured < Left.Count || Right.Captured < Right.Count;

    public void Add(JoinSide side, in JoinedEvent e)
    {
        if (side == JoinSide.Left)
            Left.Add(e);
        else
            Right.Add(e);
    }
}
