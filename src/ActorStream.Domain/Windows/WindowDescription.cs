namespace ActorStream.Domain.Windows;

/// <summary>A window that is held, as operators see it.</summary>
/// <param name="WindowId">As in its results.</param>
/// <param name="EndMs">Exclusive; of a session as it is now.</param>
/// <param name="IsFired">It was emitted and may still change; else its end has not come, or the outbox is full.</param>
public sealed record WindowDescription(string WindowId, string Key, int Spec, long StartMs, long EndMs, long EventCount, bool IsFired);

/// <summary>Collects the first windows by start, spec and key (ordinal), at most so many.</summary>
internal sealed class WindowListing(int limit)
{
    private readonly PriorityQueue<WindowDescription, (long Start, int Spec, string Key)> _first = new(Comparer<(long Start, int Spec, string Key)>.Create(static (a, b) => Compare(b, a)));

    /// <summary>A window of that start may be among them.</summary>
    public bool Wants(long startMs) => _first.Count < limit || (limit > 0 && startMs <= _first.Peek().StartMs);

    public void Add(WindowDescription window)
    {
        _first.Enqueue(window, (window.StartMs, window.Spec, window.Key));
        if (_first.Count > limit)
            _first.Dequeue();
    }

    public IReadOnlyList<WindowDescription> ToList() =>
        [.. _first.UnorderedItems.OrderBy(i => i.Priority, Comparer<(long Start, int Spec, string Key)>.Create(Compare)).Select(i => i.Element)];

    private static int Compare((long Start, int Spec, string Key) a, (long Start, int Spec, string Key) b)
    {
        var order = (a.Start, a.Spec).CompareTo((b.Start, b.Spec));
        return order != 0 ? order : string.CompareOrdinal(a.Key, b.Key);
    }
}
