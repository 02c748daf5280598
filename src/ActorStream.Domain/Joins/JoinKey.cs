using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>What one key holds of both sides.</summary>
internal sealed class JoinKey(string key, long nextWindow) : KeyPanes<JoinPane>(key, nextWindow)
{
    /// <summary>Windows of a lower index are closed and counted as expired.</summary>
    public long OpenFrom = long.MinValue;

    public void Insert(in PaneGrid grid, int at, long index, long from) => InsertPane(grid, at, new JoinPane(index, from));

    /// <summary>Returns how many events went with them.</summary>
    public int RemoveFirstPanes(int count)
    {
        var events = 0;
        for (var i = 0; i < count; i++)
            events += Panes[i].Events;
        RemoveFirst(count);
        return events;
    }
}

internal struct JoinPane(long index, long from) : IPane
{
    public JoinList Left;
    public JoinList Right;

    public long Index { get; } = index;

    public long From { get; } = from;

    public readonly int Events => Left.Count + Right.Count;

    public readonly bool IsDirty => Left.Captured < Left.Count || Right.Captured < Right.Count;

    readonly long IPane.Count => Events;

    public void Add(JoinSide side, in JoinedEvent e)
    {
        if (side == JoinSide.Left)
            Left.Add(e);
        else
            Right.Add(e);
    }
}
