namespace ActorStream.Domain.Joins;

public enum JoinSide
{
    Left,
    Right,
}

/// <summary>An event as a join keeps it.</summary>
/// <param name="TimeMs">Event time, epoch milliseconds.</param>
/// <param name="Partition">With incarnation and offset, its position in the topic of its side.</param>
/// <param name="Incarnation">Of its topic, from 1.</param>
public readonly record struct JoinedEvent(long TimeMs, double Value, int Partition, int Incarnation, long Offset)
{
    /// <summary>Its part of a result id: <c>{partition}.{offset}</c>; of a topic that was made anew <c>{partition}-{incarnation}.{offset}</c>, so that the id is never that of an older event.</summary>
    public string Position => Incarnation == 1 ? $"{Partition}.{Offset}" : $"{Partition}-{Incarnation}.{Offset}";
}

/// <summary>Events of one side of a pane in order of arrival; grows at its end only.</summary>
internal struct JoinList
{
    public JoinedEvent[] Items;
    public int Count;

    /// <summary>So many of them are part of an earlier capture.</summary>
    public int Captured;

    public void Add(in JoinedEvent e)
    {
        if (Items is null)
            Items = new JoinedEvent[1];
        else if (Count == Items.Length)
            Array.Resize(ref Items, 2 * Count);
        Items[Count++] = e;
    }

    /// <summary>Adds what an earlier capture holds.</summary>
    public void Append(ReadOnlySpan<JoinedEvent> events)
    {
        if (events.IsEmpty)
            return;
        Items ??= [];
        if (Count + events.Length > Items.Length)
            Array.Resize(ref Items, Count + events.Length);
        events.CopyTo(Items.AsSpan(Count));
        Captured = Count += events.Length;
    }

    /// <summary>Returns how many were copied: all, or those that no capture holds yet, which this one does from now on.</summary>
    public int CaptureInto(List<JoinedEvent> events, bool all)
    {
        var from = all ? 0 : Captured;
        events.AddRange(Items.AsSpan(from, Count - from));
        if (!all)
            Captured = Count;
        return Count - from;
    }

    public readonly ReadOnlySpan<JoinedEvent> AsSpan() => Items.AsSpan(0, Count);
}
