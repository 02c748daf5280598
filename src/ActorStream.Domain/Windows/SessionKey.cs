namespace ActorStream.Domain.Windows;

/// <summary>The sessions of one key: in order, none touching another.</summary>
internal sealed class SessionKey(string key) : KeyWindows(key)
{
    public Session[] Sessions = new Session[1];

    /// <summary>Place of the first session that ends at or after the time; <see cref="Count"/> if none does. Most are near the end.</summary>
    public int FirstEndingFrom(long timeMs)
    {
        var (low, high) = (0, Count);
        if (Count > 0 && Sessions[Count - 1].StartMs <= timeMs)
            return Sessions[Count - 1].EndMs >= timeMs ? Count - 1 : Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Sessions[middle].EndMs >= timeMs)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    public void Insert(int at, in Session session)
    {
        if (Count == Sessions.Length)
            Array.Resize(ref Sessions, 2 * Count);
        Array.Copy(Sessions, at, Sessions, at + 1, Count - at);
        Sessions[at] = session;
        Count++;
    }

    public void Remove(int at, int count)
    {
        Array.Copy(Sessions, at + count, Sessions, at, Count - at - count);
        Array.Clear(Sessions, Count - count, count);
        Count -= count;
    }
}

internal struct Session
{
    public long StartMs;
    public long EndMs;

    /// <summary>The last one emitted, or -1.</summary>
    public int Revision;

    /// <summary>What it holds was emitted, or will be at the end of this Apply.</summary>
    public bool IsFired;
    public bool IsTouched;
    public bool IsDirty;
    public Cell Cell;

    /// <summary>Never changed once it is here.</summary>
    public AbsorbedSession[]? Absorbed;
}
