namespace ActorStream.Domain.Windows;

/// <summary>What one key has of a tumbling or sliding spec: panes in order of (index, from), and the windows that fired and may still change.</summary>
internal sealed class PanedKey(string key, long nextWindow) : KeyWindows(key)
{
    public Pane[] Panes = new Pane[1];
    public int Count;
    public FiredWindow[] Fired = [];
    public int FiredCount;

    /// <summary>Windows of a lower index have fired, or never will by themselves.</summary>
    public long NextWindow = nextWindow;

    /// <summary>Some pane is not counted by all windows that cover it.</summary>
    public bool HasSplit;

    /// <summary>The pane used last takes events from here ...</summary>
    public long HotStartMs;

    /// <summary>... up to but not including here ...</summary>
    public long HotEndMs = long.MinValue;

    /// <summary>... while the watermarks are below this: the end of the first window that covers it.</summary>
    public long HotLimitMs;
    public int HotAt;

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

    public void Insert(int at, in Pane pane)
    {
        if (Count == Panes.Length)
            Array.Resize(ref Panes, 2 * Count);
        Array.Copy(Panes, at, Panes, at + 1, Count - at);
        Panes[at] = pane;
        Count++;
        HotEndMs = long.MinValue;
    }

    public void RemoveFirstPanes(int count)
    {
        Array.Copy(Panes, count, Panes, 0, Count - count);
        Array.Clear(Panes, Count - count, count);
        Count -= count;
        HotEndMs = long.MinValue;
    }

    /// <summary>The fired window; made with revision -1 where there is none.</summary>
    public ref FiredWindow FiredAt(long window, out bool isNew)
    {
        var at = FiredCount;
        while (at > 0 && Fired[at - 1].Window >= window)
            at--;
        isNew = at == FiredCount || Fired[at].Window != window;
        if (isNew)
        {
            if (FiredCount == Fired.Length)
                Array.Resize(ref Fired, Math.Max(2, 2 * FiredCount));
            Array.Copy(Fired, at, Fired, at + 1, FiredCount - at);
            Fired[at] = new FiredWindow { Window = window, Revision = -1 };
            FiredCount++;
        }
        return ref Fired[at];
    }

    public void RemoveFirstFired(int count)
    {
        Array.Copy(Fired, count, Fired, 0, FiredCount - count);
        FiredCount -= count;
    }
}

/// <summary>Events between two neighbouring edges of windows that the windows from <see cref="From"/> on take.</summary>
internal struct Pane
{
    public long Index;
    public long From;
    public bool IsDirty;
    public Cell Cell;
}

internal struct FiredWindow
{
    public long Window;
    public int Revision;
    public bool IsTouched;
    public bool IsDirty;
}
