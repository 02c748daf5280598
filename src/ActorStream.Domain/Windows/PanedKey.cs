namespace ActorStream.Domain.Windows;

/// <summary>What one key has of a tumbling or sliding spec: panes that are summed up, and the windows that fired and may still change.</summary>
internal sealed class PanedKey(string key, long nextWindow) : KeyPanes<Pane>(key, nextWindow)
{
    public FiredWindow[] Fired = [];
    public int FiredCount;

    /// <summary>The pane used last takes events from here ...</summary>
    public long HotStartMs;

    /// <summary>... up to but not including here ...</summary>
    public long HotEndMs = long.MinValue;

    /// <summary>... while the watermarks are below this: the end of the first window that covers it.</summary>
    public long HotLimitMs;
    public int HotAt;

    public void Insert(in PaneGrid grid, int at, in Pane pane)
    {
        InsertPane(grid, at, pane);
        HotEndMs = long.MinValue;
    }

    public void RemoveFirstPanes(int count)
    {
        RemoveFirst(count);
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

internal struct Pane(long index, long from) : IPane
{
    public bool IsDirty;
    public Cell Cell;

    public long Index { get; } = index;

    public long From { get; } = from;

    public readonly long Count => Cell.Count;
}

internal struct FiredWindow
{
    public long Window;
    public int Revision;
    public bool IsTouched;
    public bool IsDirty;
}
