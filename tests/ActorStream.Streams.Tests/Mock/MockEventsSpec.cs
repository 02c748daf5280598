using System.Text;
using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Streams.Mock;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Windows;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Mock;

/// <summary>Made-up events are a function of seed, partition and offset.</summary>
public sealed class MockEventsSpec
{
    private static readonly EventFields Fields = new("room \"a\"", "at", "celsius") { Distinct = "visitor" };
    private static readonly MockSpec Spec = new(Partitions: 3, Keys: 10, Rate: 500, Seed: 7, OutOfOrderMs: 40) { StartMs = 1_700_000_000_000 };

    [Fact]
    public void However_a_partition_is_cut_into_chunks_and_wherever_reading_begins_an_offset_gives_the_same_record()
    {
        var whole = Read(1, 0, 1_000);
        var parts = new[] { (0, 1), (1, 299), (300, 700) }.SelectMany(c => Read(1, c.Item1, c.Item2)).ToList();
        var middle = Read(1, 617, 5);

        Assert.Equal(whole, parts);
        Assert.Equal(whole[617..622], middle);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (long)i), whole.Select(r => r.Offset));
    }

    [Fact]
    public void Another_partition_or_another_seed_gives_other_events()
    {
        Assert.Empty(Read(0, 0, 200).Select(r => r.Json).Intersect(Read(1, 0, 200).Select(r => r.Json)));
        Assert.Empty(Read(0, 0, 200).Select(r => r.Json).Intersect(Read(0, 0, 200, Spec with { Seed = 8 }).Select(r => r.Json)));
    }

    [Fact]
    public void An_event_arrives_at_its_place_and_its_time_lies_before_that_by_up_to_the_disorder()
    {
        var read = Read(2, 0, 5_000).Select(r => (Event: JsonDocument.Parse(r.Json).RootElement, r.ArrivedMs, r.Offset)).ToList();

        Assert.All(read, r => Assert.Equal(1_700_000_000_000 + ((r.Offset * 3 + 2) * 2), r.ArrivedMs));
        Assert.Equal(Enumerable.Range(0, 41).Select(i => (long)i), read.Select(r => r.ArrivedMs - r.Event.GetProperty("at").GetInt64()).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"key-{i}"), read.Select(r => r.Event.GetProperty("room \"a\"").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(read, r => Assert.InRange(r.Event.GetProperty("celsius").GetDouble(), 0, 99.99));
        Assert.InRange(read.Select(r => r.Event.GetProperty("visitor").GetInt32()).Distinct().Count(), 900, 1_000);
        Assert.All(Read(2, 0, 1_000, Spec with { OutOfOrderMs = 0 }), r => Assert.Equal(r.ArrivedMs, JsonDocument.Parse(r.Json).RootElement.GetProperty("at").GetInt64()));
    }

    [Fact]
    public void None_of_them_is_a_dead_letter_however_narrow_the_bound_on_jumps()
    {
        var spec = new PipelineSpec(
            "p", "p", SourceSpec.OfMock(Spec), Fields, new WindowPlan("p", [WindowSpec.Tumbling(1_000)], "results.p"), new WatermarkSpec(DelayMs: 100) { JumpMsMax = 1 }, []) { KeyGroups = 5 };
        var decoder = new EventDecoder(new PartitionId("pipeline.p", spec.SourceName, 1, 0), new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0), spec);

        var decoded = decoder.Decode(new MockEvents(Spec, Fields, 0).Read(0, 2_000));

        Assert.Empty(decoded.Letters);
        Assert.Equal((2_000, new ReaderCounters(2_000, 2_000, 0, 0)), (decoded.Chunk.Next, decoded.Chunk.Counters));
    }

    private static List<(long Offset, long ArrivedMs, string Json)> Read(int partition, long from, int count, MockSpec? spec = null)
    {
        var chunk = new MockEvents(spec ?? Spec, Fields, partition).Read(from, count);
        Assert.Equal((from, from + count), (chunk.From, chunk.Next));
        var cursor = new RecordCursor(Assert.Single(chunk.Batches), chunk.Columns);
        var read = new List<(long, long, string)>();
        while (cursor.Next())
            read.Add((cursor.Offset, cursor.AppendTimeMs, Encoding.UTF8.GetString(cursor.Value)));
        return read;
    }
}
