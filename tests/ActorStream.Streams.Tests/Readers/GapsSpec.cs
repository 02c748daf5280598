using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Readers;

/// <summary>Chunks whose offsets have gaps, as Kafka's have.</summary>
public sealed class GapsSpec
{
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    [Fact]
    public void Every_record_keeps_its_own_offset_and_time_and_a_chunk_may_end_behind_its_last()
    {
        var decoder = Decoder();
        var writer = new RecordBatchWriter();
        writer.Add("cpu"u8, """{"value":1}"""u8);
        writer.Add("cpu"u8, "nonsense"u8);
        writer.Add("cpu"u8, """{"value":3}"""u8);

        var decoded = decoder.Decode(new TopicChunk(10, [new StoredBatch(10, 3, 500, writer.Written.ToArray())]) { End = 40, Columns = new RecordColumns([10, 17, 30], [500, 600, 400]) });

        var batch = Assert.IsType<SampleBatch>(Assert.Single(decoded.Chunk.Batches).Batch);
        Assert.Equal((10L, 30L), (batch.FirstOffset, batch.LastOffset));
        Assert.Equal((40L, 500L), (decoded.Chunk.Next, decoded.Chunk.MaxEventTime));
        Assert.Equal(new ReaderCounters(3, 2, 0, 1), decoded.Chunk.Counters);
        Assert.Equal(($"{Partition}@17", 600L), (Assert.Single(decoded.Letters).Id, decoded.Letters[0].TimeMs));
    }

    [Fact]
    public void A_chunk_without_records_moves_the_position_and_nothing_else()
    {
        var decoded = Decoder().Decode(new TopicChunk(10, []) { End = 12 });

        Assert.Equal(12, decoded.Chunk.Next);
        Assert.Empty(decoded.Chunk.Batches);
        Assert.Equal(default, decoded.Chunk.Counters);
    }

    private static SampleDecoder Decoder()
    {
        var rules = new RulesInHand();
        rules.Know("cpu");
        return new SampleDecoder(Partition, new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0), rules, 0);
    }
}
