using ActorStream.Storage.Contracts;

namespace ActorStream.Streams.Topics;

/// <summary>What one read of a partition gave: stored batches in order, without overlap. The first may begin below <paramref name="From"/>; records below it are skipped.</summary>
public sealed record TopicChunk(long From, IReadOnlyList<StoredBatch> Batches)
{
    public long Next => Batches[^1].Next;

    public int Bytes => Batches.Sum(b => b.Blob.Length);
}
