using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Topics;

/// <summary>What one read of a partition gave: stored batches in order, without overlap. The first may begin below <paramref name="From"/>; records below it are skipped.</summary>
public sealed record TopicChunk(long From, IReadOnlyList<StoredBatch> Batches)
{
    public long Next => End ?? Batches[^1].Next;

    public int Bytes => Lines.Length + Batches.Sum(b => b.Blob.Length);

    /// <summary>Set where the log is a file: whole lines instead of batches. A record's offset is the byte it begins at, counted from <see cref="From"/>. Valid until the next chunk is asked for.</summary>
    public ReadOnlyMemory<byte> Lines { get; init; }

    /// <summary>When the lines arrived, epoch milliseconds: the time of an event that carries none.</summary>
    public long LinesTimeMs { get; init; }

    /// <summary>When the oldest record arrived, epoch milliseconds: its append time, or when its line was read. Null where there is none.</summary>
    public long? ArrivedMs => Batches.Count == 0 ? (Lines.Length == 0 ? null : LinesTimeMs) : Columns is { AppendTimesMs: [var first, ..] } ? first : Batches[0].AppendTimeMs;

    /// <summary>Set where offsets have gaps (Kafka, files): the chunk ends here, which may be behind its last record. It may then hold no record at all.</summary>
    public long? End { get; init; }

    /// <summary>Set where offsets have gaps: there is then one batch at most, and these are its records'.</summary>
    public RecordColumns? Columns { get; init; }
}

/// <summary>Offset and append time (epoch milliseconds) of every record of a batch whose records do not share them.</summary>
public sealed record RecordColumns(long[] Offsets, long[] AppendTimesMs);

/// <summary>Walks the records of a batch, wherever it came from: spans into its blob, no copy.</summary>
internal ref struct RecordCursor(StoredBatch batch, RecordColumns? columns)
{
    private readonly StoredBatch _batch = batch;
    private readonly RecordColumns? _columns = columns;
    private RecordBatchReader _reader = new(batch.Blob.Span);
    private int _at = -1;

    public readonly ReadOnlySpan<byte> Key => _reader.Key;

    public readonly ReadOnlySpan<byte> Value => _reader.Value;

    public readonly long Offset => _columns is null ? _batch.FirstOffset + _at : _columns.Offsets[_at];

    public readonly long AppendTimeMs => _columns is null ? _batch.AppendTimeMs : _columns.AppendTimesMs[_at];

    public bool Next()
    {
        _at++;
        return _reader.Next();
    }
}
