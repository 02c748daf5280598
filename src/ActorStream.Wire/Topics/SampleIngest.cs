using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <summary>Turns the body of <c>POST /metrics</c> (compatibility.md 1.4) into one record batch per partition. Hot path: a good sample allocates nothing. Reusable, not thread safe.</summary>
/// <remarks>Whatever this accepts, <see cref="SampleJson"/> reads with the same value. The record's value is the object as it was sent, without its name and what else it held.</remarks>
/// <param name="partitions">Partitions of the topic; a name's hash decides.</param>
/// <param name="aheadMsMax">How far a sample's time may lie ahead of this node's clock, as <see cref="FutureBound"/> has it.</param>
public sealed class SampleIngest(int partitions, SeriesInterner interner, long aheadMsMax = FutureBound.Off)
{
    public const int NameBytesMax = 200;

    /// <summary>Lines that look like an object and are none are found by exceptions; this bounds what a hostile body may cost.</summary>
    public const int BrokenLinesMax = 10_000;

    /// <summary>A writer that has grown beyond this is not kept for the next body.</summary>
    private const int KeptBytesMax = 1 << 20;

    private readonly RecordBatchWriter?[] _writers = new RecordBatchWriter?[partitions];
    private readonly byte[] _name = new byte[NameBytesMax];
    private readonly byte[] _record = new byte[64 + SampleParts.NumberBytesMax + TagsJson.RawBytesMax + SampleParts.TimeRawBytesMax];
    private IngestTally _tally = new();
    private long _nowMs;

    /// <summary>The batches of the last body, valid until the next. Empty when nothing was accepted, and after a fault.</summary>
    public IEnumerable<(int Partition, RecordBatchWriter Batch)> Batches
    {
        get
        {
            for (var i = 0; i < _writers.Length; i++)
            {
                if (_writers[i] is { Count: > 0 } batch)
                    yield return (i, batch);
            }
        }
    }

    /// <summary>As the other, for a body in pieces: it is copied together once.</summary>
    public IngestOutcome Read(in ReadOnlySequence<byte> body, bool isNdjson, long nowMs = 0)
    {
        if (body.IsSingleSegment)
            return Read(body.FirstSpan, isNdjson, nowMs);
        var length = checked((int)body.Length);
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(whole);
            return Read(whole.AsSpan(0, length), isNdjson, nowMs);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    /// <summary>Reads a whole body. Never throws for what is in it.</summary>
    /// <param name="isNdjson">Lines of objects, each judged on its own; else one object, or an array, which is read whole or not at all.</param>
    /// <param name="nowMs">This node's clock, epoch milliseconds; looked at only where times are bounded.</param>
    public IngestOutcome Read(ReadOnlySpan<byte> body, bool isNdjson, long nowMs = 0)
    {
        Clear();
        _nowMs = nowMs;
        if (body.StartsWith("\uFEFF"u8))
            body = body[3..];
        var outcome = isNdjson ? ReadLines(body) : ReadDocument(body);
        if (outcome.Fault != IngestFault.None)
            Clear();
        return outcome;
    }

    private IngestOutcome ReadDocument(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
            return IngestOutcome.NotJson("The body is not UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return ReadOne(ref reader, body);
                case JsonTokenType.StartArray:
                    return ReadArray(ref reader, body);
                default:
                    reader.Read();
                    return new IngestOutcome(IngestFault.WrongShape, $"The body is {Unreadable.Excerpt(body)}; send one sample as an object, or an array of them.", false, new IngestTally(), null, null);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports an escape that is half of a surrogate pair.
            return IngestOutcome.NotJson($"The body is no JSON: {error.Message} Nothing of it was taken. Lines of objects are sent as application/x-ndjson.");
        }
    }

    private IngestOutcome ReadOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var parts = SampleParts.Read(ref reader, body);
        // The end of the text is only seen by asking for more; this throws on what follows the object.
        reader.Read();
        if (!TryTake(in parts, out var nameBytes, out var why))
        {
            _tally.Reject(0, why.Sentence);
            return new IngestOutcome(IngestFault.None, null, true, _tally, null, null);
        }
        _tally.Accepted++;
        return new IngestOutcome(IngestFault.None, null, true, _tally, Encoding.UTF8.GetString(_name, 0, nameBytes), Encoding.UTF8.GetString(parts.Value.Text));
    }

    private IngestOutcome ReadArray(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                _tally.Reject(index, $"The element is a {reader.TokenType}; a sample is an object with name and value.");
                reader.Skip();
                continue;
            }
            var parts = SampleParts.Read(ref reader, body);
            Judge(index, in parts);
        }
        reader.Read();
        return new IngestOutcome(IngestFault.None, null, false, _tally, null, null);
    }

    private IngestOutcome ReadLines(ReadOnlySpan<byte> body)
    {
        var allUtf8 = Utf8.IsValid(body);
        var (index, broken) = (0, 0);
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'\n');
            var line = (end < 0 ? body : body[..end]).Trim(" \t\r"u8);
            body = end < 0 ? default : body[(end + 1)..];
            if (line.IsEmpty)
                continue;
            if (line[0] != '{' || line[^1] != '}')
                _tally.Reject(index, $"The line is {Unreadable.Excerpt(line)}; each line is one whole object with name and value.");
            else if (!allUtf8 && !Utf8.IsValid(line))
                _tally.Reject(index, "The line is not UTF-8.");
            else if (!TryReadLine(line, index) && ++broken > BrokenLinesMax)
                return IngestOutcome.NotJson($"More than {BrokenLinesMax} lines are no JSON. Nothing of the body was taken.");
            index++;
        }
        return new IngestOutcome(IngestFault.None, null, false, _tally, null, null);
    }

    private bool TryReadLine(ReadOnlySpan<byte> line, int index)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            var parts = SampleParts.Read(ref reader, line);
            reader.Read();
            Judge(index, in parts);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports an escape that is half of a surrogate pair.
            _tally.Reject(index, $"The line is no JSON: {error.Message}");
            return false;
        }
    }

    private void Judge(int index, in SampleParts parts)
    {
        if (TryTake(in parts, out _, out var why))
            _tally.Accepted++;
        else
            _tally.Reject(index, why.Sentence);
    }

    private bool TryTake(in SampleParts parts, out int nameBytes, out Unreadable why)
    {
        if (!NameText.TryRead(parts.Name, _name, out nameBytes, out why) || !parts.TryValue(out _, out why)
            || !parts.TryTime(out var timeMs, out why) || IsTooFarAhead(timeMs, out why) || !parts.TrySeries(interner, out _, out why))
            return false;
        var name = _name.AsSpan(0, nameBytes);
        var writer = _writers[StableHash.Bucket(name, _writers.Length)] ??= new RecordBatchWriter();
        writer.Add(name, WriteRecord(in parts));
        return true;
    }

    private bool IsTooFarAhead(long timeMs, out Unreadable why)
    {
        // A sample without a time is far in the past here.
        var isAhead = timeMs - _nowMs > aheadMsMax;
        why = isAhead ? new(UnreadableReason.TooFarInFuture, FutureBound.Sentence(timeMs, _nowMs, "this node's clock", aheadMsMax)) : default;
        return isAhead;
    }

    private ReadOnlySpan<byte> WriteRecord(in SampleParts parts)
    {
        var at = Put("{\"value\":"u8, 0);
        at = Put(parts.Value.Text, at);
        if (!parts.Tags.IsAbsent)
            at = Put(parts.Tags.Text, Put(",\"tags\":"u8, at));
        if (!parts.Time.IsAbsent)
            at = Put(parts.Time.Text, Put(",\"ts\":"u8, at));
        at = Put("}"u8, at);
        return _record.AsSpan(0, at);
    }

    private int Put(ReadOnlySpan<byte> text, int at)
    {
        text.CopyTo(_record.AsSpan(at));
        return at + text.Length;
    }

    private void Clear()
    {
        _tally = new IngestTally();
        for (var i = 0; i < _writers.Length; i++)
        {
            if (_writers[i] is not { } writer)
                continue;
            if (writer.Bytes > KeptBytesMax)
                _writers[i] = null;
            else
                writer.Clear();
        }
    }
}
