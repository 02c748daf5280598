using System.Buffers;

namespace ActorStream.Wire.Topics;

/// <summary>Encodes records as one blob: a version byte, then per record key length, key, value length, value. Lengths are LEB128; a value length of 0 is null, else length + 1.</summary>
/// <remarks>Hot path: appends to a growing buffer, allocates per batch only. Reusable after <see cref="Clear"/>.</remarks>
public sealed class RecordBatchWriter
{
    internal const byte Version = 1;

    private readonly ArrayBufferWriter<byte> _buffer;

    public RecordBatchWriter(int initialBytes = 4096)
    {
        _buffer = new ArrayBufferWriter<byte>(initialBytes);
        Clear();
    }

    public int Count { get; private set; }

    public int Bytes => _buffer.WrittenCount;

    /// <summary>Valid until the next call that writes.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        AddKey(key);
        WriteLength((uint)value.Length + 1);
        _buffer.Write(value);
        Count++;
    }

    /// <summary>A record whose value is null: a deletion on a compacted topic.</summary>
    public void AddNull(ReadOnlySpan<byte> key)
    {
        AddKey(key);
        WriteLength(0);
        Count++;
    }

    public void Clear()
    {
        _buffer.ResetWrittenCount();
        _buffer.GetSpan(1)[0] = Version;
        _buffer.Advance(1);
        Count = 0;
    }

    private void AddKey(ReadOnlySpan<byte> key)
    {
        WriteLength((uint)key.Length);
        _buffer.Write(key);
    }

    private void WriteLength(uint value)
    {
        var span = _buffer.GetSpan(5);
        var i = 0;
        for (; value >= 0x80; value >>= 7)
            span[i++] = (byte)(value | 0x80);
        span[i++] = (byte)value;
        _buffer.Advance(i);
    }
}

/// <summary>Walks a blob made by <see cref="RecordBatchWriter"/>: spans into it, no copy.</summary>
/// <exception cref="InvalidDataException">Unknown version or a length that leaves the blob.</exception>
public ref struct RecordBatchReader
{
    private readonly ReadOnlySpan<byte> _blob;
    private int _at;

    public RecordBatchReader(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty || blob[0] != RecordBatchWriter.Version)
            throw new InvalidDataException($"Record batch of version {(blob.IsEmpty ? "none" : blob[0].ToString(System.Globalization.CultureInfo.InvariantCulture))}; this program reads version {RecordBatchWriter.Version}.");
        _blob = blob;
        _at = 1;
    }

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool IsNull { get; private set; }

    public bool Next()
    {
        if (_at >= _blob.Length)
            return false;
        Key = Take(ReadLength());
        var length = ReadLength();
        IsNull = length == 0;
        Value = IsNull ? default : Take(length - 1);
        return true;
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > _blob.Length - _at)
            throw new InvalidDataException($"Record batch is cut: {length} bytes wanted at {_at} of {_blob.Length}.");
        var span = _blob.Slice(_at, (int)length);
        _at += (int)length;
        return span;
    }

    private uint ReadLength()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (_at >= _blob.Length)
                break;
            var b = _blob[_at++];
            value |= (uint)(b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }
        throw new InvalidDataException($"Record batch is cut at {_at} of {_blob.Length}.");
    }
}
