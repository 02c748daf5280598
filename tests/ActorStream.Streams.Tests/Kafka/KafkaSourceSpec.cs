using System.Text;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit.Xunit2;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

public sealed class KafkaSourceSpec(MockKafka kafka, ITestOutputHelper output) : TestKit("akka.test.single-expect-default = 30s", output: output), IClassFixture<MockKafka>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Records_come_in_order_with_key_value_offset_and_their_own_time()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 1, "a", "1", 5_000);
        await kafka.PutAsync(options.MetricsTopic, 1, "b", "", 3_000);
        await kafka.PutAsync(options.MetricsTopic, 1, "", null, 9_000);
        await kafka.PutAsync(options.MetricsTopic, 2, "other partition", "1");

        var records = Take(Read(options, partition: 1, from: 0), 3);

        Assert.Equal([(0L, 5_000L, "a", "1"), (1L, 3_000L, "b", ""), (2L, 9_000L, "", "")], records);
    }

    [Fact]
    public async Task It_goes_on_at_its_position_and_takes_what_comes_later()
    {
        var options = kafka.Options();
        for (var i = 0; i < 5; i++)
            await kafka.PutAsync(options.MetricsTopic, 0, "k", $"{i}");

        var probe = Read(options, partition: 0, from: 3);

        Assert.Equal([3L, 4L], Take(probe, 2).Select(r => r.Offset));
        await kafka.PutAsync(options.MetricsTopic, 0, "k", "5");
        Assert.Equal([(5L, 1_000L, "k", "5")], Take(probe, 1));
    }

    [Fact]
    public async Task A_chunk_ends_at_its_bound_and_the_next_begins_there()
    {
        var options = kafka.Options();
        for (var i = 0; i < 10; i++)
            await kafka.PutAsync(options.MetricsTopic, 0, "k", $"{i}");

        var probe = Read(options, partition: 0, from: 0, new ChunkBounds(RecordsMax: 4));
        var (taken, next) = (0, 0L);
        while (taken < 10)
        {
            var chunk = probe.RequestNext(Patience);
            Assert.Equal(next, chunk.From);
            Assert.True(chunk.Batches.Sum(b => b.Count) <= 4);
            taken += chunk.Batches.Sum(b => b.Count);
            next = chunk.Next;
        }

        Assert.Equal(10, next);
    }

    [Fact]
    public async Task A_position_that_the_topic_does_not_have_fails_the_stage_and_never_jumps()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 0, "k", "1");

        var probe = Read(options, partition: 0, from: 1_000);
        probe.Request(1);

        Assert.Equal(ErrorCode.Local_AutoOffsetReset, Assert.IsType<KafkaException>(await probe.ExpectErrorAsync()).Error.Code);
    }

    [Fact]
    public async Task A_reason_to_end_fails_the_stage()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 0, "k", "1");

        var probe = Read(options, partition: 0, from: 1, whyEnd: () => "made anew");
        probe.Request(1);

        Assert.Equal("made anew", Assert.IsType<ReaderAnomalyException>(await probe.ExpectErrorAsync()).Message);
    }

    private TestSubscriber.Probe<TopicChunk> Read(KafkaOptions options, int partition, long from, ChunkBounds? bounds = null, Func<string?>? whyEnd = null) =>
        Source.FromGraph(new KafkaSource(options.Consumer(AutoOffsetReset.Error), new TopicPartitionOffset(options.MetricsTopic, partition, from), bounds ?? new ChunkBounds(), whyEnd ?? (() => null)))
            .RunWith(this.SinkProbe<TopicChunk>(), Sys.Materializer());

    private static List<(long Offset, long TimeMs, string Key, string Value)> Take(TestSubscriber.Probe<TopicChunk> probe, int count)
    {
        var records = new List<(long, long, string, string)>();
        while (records.Count < count)
        {
            var chunk = probe.RequestNext(Patience);
            foreach (var batch in chunk.Batches)
            {
                var cursor = new RecordCursor(batch, chunk.Columns);
                while (cursor.Next())
                    records.Add((cursor.Offset, cursor.AppendTimeMs, Encoding.UTF8.GetString(cursor.Key), Encoding.UTF8.GetString(cursor.Value)));
            }
        }
        return records;
    }
}
