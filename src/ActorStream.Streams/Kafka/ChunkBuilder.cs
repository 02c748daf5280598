using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Gathers records of one partition into a chunk. It is the consumer's deserializer, so that their bytes are copied once, into the blob, and no object is made of them.</summary>
/// <remarks>Used by the one thread that consumes: the key of a record is deserialized before its value.</remarks>
internal sealed class ChunkBuilder(long from) : IDeserializer<Null>
{
    private readonly RecordBatchWriter _records = new(1 << 16);
    private readonly List<long> _offsets = [];
    private readonly List<long> _times = [];
    private byte[] _key = new byte[256];
    private int _keyBytes;
    private long _from = from;
    private long _next = from;

    public int Count => _offsets.Count;

    public int Bytes => _records.Bytes;

    /// <summary>The position has moved, by records or by what Kafka does not show (transaction markers, compaction).</summary>
    public bool HasMoved => _next > _from;

    Null IDeserializer<Null>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (context.Component == MessageComponentType.Key)
            KeepKey(data);
        else if (isNull)
            _records.AddNull(_key.AsSpan(0, _keyBytes));
        else
            _records.Add(_key.AsSpan(0, _keyBytes), data);
        return null!;
    }

    /// <summary>After its bytes came through the deserializer; or the end of the partition.</summary>
    public void Take(ConsumeResult<Null, Null> result)
    {
        if (result.IsPartitionEOF)
        {
            _next = Math.Max(_next, result.Offset.Value);
            return;
        }
        _offsets.Add(result.Offset.Value);
        _times.Add(Math.Max(0, result.Message.Timestamp.UnixTimestampMs));
        _next = result.Offset.Value + 1;
    }

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

    private void KeepKey(ReadOnlySpan<byte> key)
    {
        if (key.Length > _key.Length)
            _key = new byte[key.Length * 2];
        key.CopyTo(_key);
        _keyBytes = key.Length;
    }
}
