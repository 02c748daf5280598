using System.Globalization;
using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Windows;
using ActorStream.Wire.Topics;
using CsCheck;

namespace ActorStream.Streams.Tests.Windows;

public sealed class EventDecoderSpec
{
    private const long Arrived = 1_700_000_000_000;

    private static readonly PartitionId Partition = new("pipeline.p", "events", 1, 0);

    private static readonly PipelineSpec Spec = new(
        "p", "p", SourceSpec.OfTopic("events"), new EventFields("k", "t", "v"), new WindowPlan("p", [WindowSpec.Tumbling(1_000)], "results.p"), new WatermarkSpec(DelayMs: 100) { JumpMsMax = 10_000 }, []) { KeyGroups = 5 };

    /// <summary>A record as it was written and as it should be read.</summary>
    private sealed record Line(string Text, string? Key, long TimeMs, double Value);

    private static readonly Gen<Line> GenLine = Gen.Frequency(
        (9, Gen.Select(Gen.Int[0, 30], Gen.Long[0, 5_000], Gen.Int[-50, 50]).Select((k, t, v) => new Line($$"""{"k":"key{{k}}","t":{{Arrived + t}},"v":{{v.ToString(CultureInfo.InvariantCulture)}}.5}""", $"key{k}", Arrived + t, v < 0 ? v - 0.5 : v + 0.5))),
        (1, Gen.Const(new Line("""{"v":1}""", "default", Arrived, 1))),
        (1, Gen.Const(new Line("nonsense", null, 0, 0))),
        (1, Gen.Const(new Line($$"""{"k":"key1","t":{{Arrived + 10_001}},"v":1}""", null, 0, 0))));

    [Fact]
    public void Every_event_reaches_its_key_group_in_order_with_the_watermark_that_stood_before_it_whatever_the_chunks() =>
        Gen.Select(GenLine.Array[0, 60], Gen.Int[1, 20], Gen.Bool).Sample((lines, chunk, asFile) =>
        {
            var decoder = new EventDecoder(Partition, Row(PartitionId.NoTime), Spec);
            var read = new List<(string Entity, string Key, long Offset, long Time, long Watermark, double Value)>();
            var letters = new List<DeadLetterEntry>();
            ReaderCounters counters = default;
            foreach (var part in asFile ? FileChunks(lines, chunk) : TopicChunks(lines, chunk))
            {
                var decoded = decoder.Decode(part);
                letters.AddRange(decoded.Letters);
                counters = decoded.Chunk.Counters;
                Assert.True(decoded.Chunk.Batches.Select(b => b.Batch.FirstOffset).SequenceEqual(decoded.Chunk.Batches.Select(b => b.Batch.FirstOffset).Order()));
                read.AddRange(decoded.Chunk.Batches.SelectMany(b => EventsOf(b.EntityId, (EventBatch)b.Batch)));
            }
            var expected = Expected(lines, asFile);
            Assert.Equal(expected, read.OrderBy(e => e.Offset));
            foreach (var entity in read.GroupBy(e => e.Entity))
                Assert.True(entity.Select(e => e.Offset).SequenceEqual(entity.Select(e => e.Offset).Order()));
            var bad = lines.Count(l => l.Key is null);
            Assert.Equal((bad, new ReaderCounters(lines.Length, lines.Length - bad, 0, bad)), (letters.Count, counters));
        }, iter: 500);

    [Theory]
    [InlineData("""{"t":1700000010001}""", "time-jump", "lies 10001 ms after its arrival; at most 10000 (watermark.max_jump_ms)")]
    [InlineData("""{"t":"9999-01-01T00:00:00Z"}""", "time-jump", "watermark.max_jump_ms")]
    [InlineData("""{"t":"10000-01-01"}""", "unreadable", "t is \"10000-01-01\"")]
    [InlineData("""[]""", "unreadable", "an event is a JSON object")]
    public void What_is_refused_is_a_dead_letter_with_its_reason_and_does_not_move_time(string json, string reason, string said)
    {
        var decoded = new EventDecoder(Partition, Row(1_000), Spec).Decode(TopicChunks([new Line(json, null, 0, 0)], 1).Single());

        var letter = Assert.Single(decoded.Letters);
        Assert.Equal(reason, letter.Reason);
        Assert.Contains(said, letter.Detail, StringComparison.Ordinal);
        Assert.Equal(1_000, decoded.Chunk.MaxEventTime);
    }

    [Fact]
    public void An_event_of_the_year_1900_is_read_and_moves_nothing()
    {
        var decoded = new EventDecoder(Partition, Row(1_000), Spec).Decode(TopicChunks([new Line("""{"t":"1900-01-01T00:00:00Z"}""", null, 0, 0)], 1).Single());

        Assert.Empty(decoded.Letters);
        Assert.Equal((1, 1_000L), (decoded.Chunk.Batches.Count, decoded.Chunk.MaxEventTime));
    }

    [Fact]
    public void A_raise_while_idle_stands_before_the_next_event_and_is_told_as_such()
    {
        var decoder = new EventDecoder(Partition, Row(1_000), Spec);

        decoder.RaiseTo(Arrived + 500);
        var batch = (EventBatch)decoder.Decode(TopicChunks([new Line($$"""{"t":{{Arrived}}}""", "default", Arrived, 0)], 1).Single()).Chunk.Batches[0].Batch;

        Assert.Equal((Arrived + 400, Arrived + 400), (batch.Columns.WatermarksBefore[batch.Start], batch.Columns.IdleRaisedTo));
    }

    private static CommitRow Row(long maxEventTime) => new(1, 0, 0, maxEventTime, false, default, ReadOnlyMemory<byte>.Empty, 1);

    private static IEnumerable<(string, string, long, long, long, double)> EventsOf(string entity, EventBatch batch)
    {
        for (var i = batch.Start; i < batch.Start + batch.Count; i++)
        {
            var columns = batch.Columns;
            yield return (entity, columns.Keys[columns.KeyIndexes[i]], columns.Offsets[i], columns.Times[i], columns.WatermarksBefore[i], columns.Values[i]);
        }
    }

    private static List<(string, string, long, long, long, double)> Expected(Line[] lines, bool asFile)
    {
        var events = new List<(string, string, long, long, long, double)>();
        var (greatest, offset) = (PartitionId.NoTime, 0L);
        foreach (var line in lines)
        {
            if (line.Key is { } key)
            {
                events.Add(($"p/{StableHash.Bucket(key, 5)}", key, offset, line.TimeMs, greatest == PartitionId.NoTime ? PartitionId.NoTime : greatest - 100, line.Value));
                greatest = Math.Max(greatest, line.TimeMs);
            }
            offset += asFile ? line.Text.Length + 1 : 1;
        }
        return events;
    }

    private static IEnumerable<TopicChunk> TopicChunks(Line[] lines, int size)
    {
        var first = 0L;
        foreach (var part in lines.Chunk(size))
        {
            var writer = new RecordBatchWriter();
            foreach (var line in part)
                writer.Add("key"u8, Encoding.UTF8.GetBytes(line.Text));
            yield return new TopicChunk(first, [new StoredBatch(first, part.Length, Arrived, writer.Written.ToArray())]);
            first += part.Length;
        }
    }

    private static IEnumerable<TopicChunk> FileChunks(Line[] lines, int size)
    {
        var from = 0L;
        foreach (var part in lines.Chunk(size))
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(part.Select(l => l.Text + "\n")));
            yield return new TopicChunk(from, []) { Lines = bytes, LinesTimeMs = Arrived, End = from + bytes.Length };
            from += bytes.Length;
        }
    }
}
