using System.Buffers.Text;
using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Mock;

/// <summary>The events of one partition, each a function of seed, partition and offset: <c>{"partition_key":"key-7","event_time":1767225600123,"value":42.25}</c>, under the names that the pipeline reads.</summary>
/// <remarks>
/// An event arrives at its place on the even grid of the rate, and its own time lies before that by up to the disorder: none claims to come from the future.
/// Its random bits are those of SplitMix64 (Steele, Lea, Flood 2014) at seed and number. Not thread safe.
/// </remarks>
internal sealed class MockEvents(MockSpec spec, EventFields fields, int partition)
{
    private const int ValueSteps = 10_000;
    private const int DistinctMax = 1_000;

    /// <summary>Of four names of a hundred characters each, escaped, and three numbers.</summary>
    private const int EventBytesMax = 4_096;

    private readonly byte[] _beforeKey = Utf8($"{{{Name(fields.Key)}:\"key-");
    private readonly byte[] _beforeTime = Utf8($"\",{Name(fields.Time)}:");
    private readonly byte[] _beforeValue = Utf8($",{Name(fields.Value)}:");
    private readonly byte[]? _beforeDistinct = fields.Distinct is { } distinct ? Utf8($",{Name(distinct)}:") : null;
    private readonly RecordBatchWriter _records = new(1 << 16);
    private readonly byte[] _event = new byte[EventBytesMax];
    private int _bytes;

    /// <param name="count">At least 1.</param>
    public TopicChunk Read(long from, int count)
    {
        var (offsets, places) = (new long[count], new long[count]);
        _records.Clear();
        for (var i = 0; i < count; i++)
        {
            (offsets[i], places[i]) = (from + i, spec.PlaceMs(partition, from + i));
            Write(spec.NumberOf(partition, offsets[i]), places[i]);
            _records.Add([], _event.AsSpan(0, _bytes));
        }
        return new TopicChunk(from, [new StoredBatch(from, count, places[0], _records.Written.ToArray())]) { End = from + count, Columns = new RecordColumns(offsets, places) };
    }

    private void Write(long number, long placeMs)
    {
        _bytes = 0;
        Put(_beforeKey);
        Put((long)(Random(number, 0) % (ulong)spec.Keys));
        Put(_beforeTime);
        Put(Math.Max(0, placeMs - (long)(Random(number, 1) % ((ulong)spec.OutOfOrderMs + 1))));
        Put(_beforeValue);
        var (whole, hundredths) = Math.DivRem((long)(Random(number, 2) % ValueSteps), 100);
        Put(whole);
        Put([(byte)'.', (byte)('0' + hundredths / 10), (byte)('0' + hundredths % 10)]);
        if (_beforeDistinct is { } beforeDistinct)
        {
            Put(beforeDistinct);
            Put((long)(Random(number, 3) % DistinctMax));
        }
        Put("}"u8);
    }

    /// <param name="which">0 to 3: events have four streams of bits.</param>
    private ulong Random(long number, int which)
    {
        var z = (ulong)spec.Seed * 0xD1342543DE82EF95 + (ulong)(number * 4 + which + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_event.AsSpan(_bytes));
        _bytes += bytes.Length;
    }

    private void Put(long number)
    {
        Utf8Formatter.TryFormat(number, _event.AsSpan(_bytes), out var written);
        _bytes += written;
    }

    private static string Name(string member) => $"\"{JsonEncodedText.Encode(member)}\"";

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
