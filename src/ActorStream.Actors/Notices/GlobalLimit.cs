namespace ActorStream.Actors.Notices;

/// <summary>Discord's limit over all webhooks together: one object per node, shared by every notice group on it. Safe from any thread.</summary>
public sealed class GlobalLimit
{
    private long _notBeforeMs;

    /// <summary>No request to Discord before this, epoch milliseconds; 0: never told to wait.</summary>
    public long NotBeforeMs => Volatile.Read(ref _notBeforeMs);

    /// <summary>Never set back.</summary>
    public void WaitUntil(long notBeforeMs)
    {
        for (var seen = NotBeforeMs; notBeforeMs > seen; seen = NotBeforeMs)
            Interlocked.CompareExchange(ref _notBeforeMs, notBeforeMs, seen);
    }
}
