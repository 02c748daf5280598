namespace ActorStream.Domain.Windows;

/// <summary>When a window is to fire. Ordered by that, then start, spec and key (ordinal): the order of results does not depend on hash codes.</summary>
internal readonly record struct DueAt(long FireAtMs, long StartMs, int Spec, string Key) : IComparable<DueAt>
{
    public int CompareTo(DueAt other)
    {
        var order = FireAtMs.CompareTo(other.FireAtMs);
        if (order == 0)
            order = StartMs.CompareTo(other.StartMs);
        if (order == 0)
            order = Spec.CompareTo(other.Spec);
        return order != 0 ? order : string.CompareOrdinal(Key, other.Key);
    }
}

/// <summary>Which keys have something to fire or to close, earliest first. An entry may be early or outlived; it is checked when its time comes.</summary>
internal sealed class DueQueue
{
    private readonly PriorityQueue<KeyWindows, DueAt> _due = new();
    private readonly PriorityQueue<(KeyWindows Key, int Spec), long> _closing = new();

    public void Clear()
    {
        _due.Clear();
        _closing.Clear();
    }

    /// <summary>The key has a window to fire then.</summary>
    public void Add(KeyWindows key, in DueAt at)
    {
        if (at.FireAtMs > key.QueuedAtMs || (at.FireAtMs == key.QueuedAtMs && at.StartMs >= key.QueuedStartMs))
            return;
        (key.QueuedAtMs, key.QueuedStartMs) = (at.FireAtMs, at.StartMs);
        _due.Enqueue(key, at);
    }

    public bool TryPeek(long nowMs, out KeyWindows key, out DueAt at)
    {
        while (_due.TryPeek(out key!, out at) && at.FireAtMs <= nowMs)
        {
            if (at.FireAtMs == key.QueuedAtMs && at.StartMs == key.QueuedStartMs)
                return true;
            _due.Dequeue();
        }
        return false;
    }

    public void Remove(KeyWindows key)
    {
        _due.Dequeue();
        key.QueuedAtMs = KeyWindows.Never;
    }

    /// <summary>The key has a window to close then.</summary>
    public void AddClosing(KeyWindows key, int spec, long atMs)
    {
        if (atMs >= key.ClosingAtMs)
            return;
        key.ClosingAtMs = atMs;
        _closing.Enqueue((key, spec), atMs);
    }

    public bool TryTakeClosing(long nowMs, out KeyWindows key, out int spec)
    {
        while (_closing.TryPeek(out var entry, out var atMs) && atMs <= nowMs)
        {
            _closing.Dequeue();
            (key, spec) = entry;
            if (atMs != key.ClosingAtMs)
                continue;
            key.ClosingAtMs = KeyWindows.Never;
            return true;
        }
        (key, spec) = (null!, 0);
        return false;
    }
}

/// <summary>The windows of one key under one spec.</summary>
internal abstract class KeyWindows(string key)
{
    public const long Never = long.MaxValue;

    public readonly string Key = key;

    /// <summary>Panes or sessions held.</summary>
    public int Count;

    /// <summary>Of the entry in the queue that counts.</summary>
    public long QueuedAtMs = Never;
    public long QueuedStartMs;
    public long ClosingAtMs = Never;

    /// <summary>Lowest offset that changed a fired window in this Apply.</summary>
    public long Cause;
    public bool IsTouched;
    public bool IsDirty;

    /// <summary>No entry of the queue counts any more.</summary>
    public void Unqueue() => (QueuedAtMs, ClosingAtMs) = (Never, Never);
}
