using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka.Native;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Kafka;

/// <summary>Gathers records of one partition into a chunk: their bytes are copied once, into the blob, and no object is made of them.</summary>
/// <remarks>Used by the one thread that consumes.</remarks>
internal sealed class ChunkBuilder(long from) : IRecordTarget
{
    private readonly RecordBatchWriter _records = new(1 << 16);
    private readonly List<long> _offsets = [];
    private readonly List<long> _times = [];
    private long _from = from;
    private long _next = from;

    public int Count => _offsets.Count;

    public int Bytes => _records.Bytes;

    /// <summary>The position has moved, by records or by what Kafka does not show (transaction markers, compaction).</summary>
    public bool HasMoved => _next > _from;

    public void Add(long offset, long timeMs, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isNull)
    {
        if (isNull)
            _records.AddNull(key);
        else
            _records.Add(key, value);
        _offsets.Add(offset);
        _times.Add(Math.Max(0, timeMs));
        _next = offset + 1;
    }

    public void Reached(long offset) => _next = Math.Max(_next, offset);

    /// <summary>What was gathered; begins the next.</summary>
    public TopicChunk Build()
    {
        var chunk = Count == 0
            ? new TopicChunk(_from, []) { End = _next }
            : new TopicChunk(_from, [new StoredBatch(_offsets[0], Count, _times[0], _records.Written.ToArray())]) { End = _next, Columns = new RecordColumns([.. _offsets], [.. _times]) };
        _from = _next;
        _records.Clear();
        _offsets.Clear();
        _times.Clear();
        return chunk;
    }
}
