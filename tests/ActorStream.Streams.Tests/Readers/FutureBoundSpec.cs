using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Readers;

/// <summary>"A sample may carry any time; there is no bound into the future unless <c>metrics.max-future</c> sets one" (compatibility.md 1.3), for what other programs wrote.</summary>
public sealed class FutureBoundSpec
{
    private const long Appended = 1_000_000;
    private const long Bound = 60_000;
    private const long EndOfTime = 253_402_300_799_999;
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    [Theory]
    [InlineData(Appended + Bound + 1)]
    [InlineData(EndOfTime)]
    public void A_sample_may_carry_any_time_where_nothing_bounds_it(long time)
    {
        var decoded = Decoder(FutureBound.Off).Decode(Chunk(Sample(1, time)));

        Assert.Empty(decoded.Letters);
        Assert.Equal([time], TimesOf(decoded));
        Assert.Equal((time, new ReaderCounters(1, 1, 0, 0)), (decoded.Chunk.MaxEventTime, decoded.Chunk.Counters));
    }

    [Theory]
    [InlineData(Appended + Bound + 1)]
    [InlineData(EndOfTime)]
    public void Further_ahead_of_its_append_time_than_max_future_a_record_is_a_dead_letter_and_moves_no_time(long time)
    {
        var decoded = Decoder(Bound).Decode(Chunk(Sample(1, Appended), Sample(2, time), Sample(3, Appended + 5)));

        Assert.Equal([Appended, Appended + 5], TimesOf(decoded));
        Assert.Equal((Appended + 5, new ReaderCounters(3, 2, 0, 1)), (decoded.Chunk.MaxEventTime, decoded.Chunk.Counters));
        var letter = Assert.Single(decoded.Letters);
        Assert.Equal(($"{Partition}@1", "too-far-in-future", Appended, Sample(2, time)), (letter.Id, letter.Reason, letter.TimeMs, letter.Excerpt));
        Assert.Contains($"{time - Appended} ms ahead of the time it was appended", letter.Detail);
        Assert.Contains($"metrics.max-future is {Bound} ms", letter.Detail);
        Assert.Contains("raise metrics.max-future", letter.Detail);
    }

    [Theory]
    [InlineData(Appended + Bound)]
    [InlineData(-62_135_596_800_000)]
    public void At_the_bound_and_in_any_past_a_record_is_taken(long time)
    {
        var decoded = Decoder(Bound).Decode(Chunk(Sample(1, time)));

        Assert.Empty(decoded.Letters);
        Assert.Equal([time], TimesOf(decoded));
    }

    [Fact]
    public void A_record_without_a_time_has_that_of_its_append_and_is_never_ahead()
    {
        var decoded = Decoder(1_000).Decode(Chunk("""{"value":1}"""));

        Assert.Empty(decoded.Letters);
        Assert.Equal([Appended], TimesOf(decoded));
    }

    [Fact]
    public void Records_of_Kafka_are_each_judged_by_their_own_append_time()
    {
        var chunk = Chunk(Sample(1, Appended + Bound), Sample(2, Appended + Bound), Sample(3, Appended + Bound)) with
        {
            End = 40,
            Columns = new RecordColumns([10, 17, 30], [Appended, Appended - 1, Appended + 1]),
        };

        var decoded = Decoder(Bound).Decode(chunk);

        Assert.Equal([$"{Partition}@17"], decoded.Letters.Select(l => l.Id));
        Assert.Equal(new ReaderCounters(3, 2, 0, 1), decoded.Chunk.Counters);
    }

    private static SampleDecoder Decoder(long aheadMsMax)
    {
        var rules = new RulesInHand();
        rules.Know("cpu");
        return new SampleDecoder(Partition, new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0), rules, 0, aheadMsMax);
    }

    private static string Sample(int value, long time) => FormattableString.Invariant($"{{\"value\":{value},\"ts\":{time}}}");

    private static TopicChunk Chunk(params string[] samples)
    {
        var writer = new RecordBatchWriter();
        foreach (var sample in samples)
            writer.Add("cpu"u8, Encoding.UTF8.GetBytes(sample));
        return new TopicChunk(0, [new StoredBatch(0, samples.Length, Appended, writer.Written.ToArray())]);
    }

    private static List<long> TimesOf(DecodedTopicChunk decoded)
    {
        var samples = (SampleBatch)Assert.Single(decoded.Chunk.Batches).Batch;
        return [.. samples.Columns.Times.AsSpan(samples.Start, samples.Count).ToArray()];
    }
}
