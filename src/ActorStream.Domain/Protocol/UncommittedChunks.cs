namespace ActorStream.Domain.Protocol;

/// <summary>Chunks that were read and are not committed, oldest first: where each ends, and how many bytes they are.</summary>
internal sealed class UncommittedChunks
{
    private readonly Queue<ChunkEnd> _ends = new();

    public bool IsEmpty => _ends.Count == 0;

    public long Bytes { get; private set; }

    public void Add(DecodedChunk chunk)
    {
        Bytes += chunk.Bytes;
        _ends.Enqueue(new ChunkEnd(chunk.Next, chunk.MaxEventTime, chunk.Counters, chunk.Bytes));
    }

    /// <summary>The row as it may be committed while nothing below <paramref name="low"/> is left to wait for; null: no chunk ends so low.</summary>
    public CommitRow? RowUpTo(long low, CommitRow committed)
    {
        ChunkEnd? reached = null;
        foreach (var end in _ends)
        {
            if (end.Next > low)
                break;
            reached = end;
        }
        return reached is { } cut ? committed with { Position = cut.Next, MaxEventTime = cut.MaxEventTime, Counters = cut.Counters, Idle = false } : null;
    }

    public void Committed(long position)
    {
        while (_ends.TryPeek(out var end) && end.Next <= position)
            Bytes -= _ends.Dequeue().Bytes;
    }

    private readonly record struct ChunkEnd(long Next, long MaxEventTime, ReaderCounters Counters, int Bytes);
}
