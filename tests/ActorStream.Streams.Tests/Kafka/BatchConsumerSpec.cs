using System.Text;
using ActorStream.Streams.Kafka.Native;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

public sealed class BatchConsumerSpec(MockKafka kafka) : IClassFixture<MockKafka>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Records_come_with_key_value_time_and_offset_and_a_null_stays_one()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 2, "a", "1", timeMs: 5_000);
        await kafka.PutAsync(options.MetricsTopic, 2, "ä", null, timeMs: 6_000);
        await kafka.PutAsync(options.MetricsTopic, 2, "", "", timeMs: 7_000);

        Assert.Equal(["0 5000 a=1", "1 6000 ä=null", "2 7000 =", "end 3"], ReadToEnd(options.Consumer(AutoOffsetReset.Error), new TopicPartitionOffset(options.MetricsTopic, 2, 0)));
    }

    [Fact]
    public async Task It_starts_at_the_offset_asked_for_and_takes_no_more_than_asked()
    {
        var options = kafka.Options();
        for (var i = 0; i < 10; i++)
            await kafka.PutAsync(options.MetricsTopic, 0, "k", $"{i}");
        var records = new Records();
        using var consumer = new BatchConsumer(options.Consumer(AutoOffsetReset.Error), new TopicPartitionOffset(options.MetricsTopic, 0, 4));

        Assert.Equal(1, consumer.Take(1, Patience, records));
        while (records.Lines.Count < 4)
            Assert.InRange(consumer.Take(4 - records.Lines.Count, Patience, records), 1, 3);

        Assert.Equal(["4 1000 k=4", "5 1000 k=5", "6 1000 k=6", "7 1000 k=7"], records.Lines);
    }

    [Fact]
    public void Nothing_to_take_is_no_error()
    {
        var options = kafka.Options();
        var records = new Records();
        using var consumer = new BatchConsumer(options.Consumer(AutoOffsetReset.Error), new TopicPartitionOffset("nowhere", 0, 0));

        Assert.Equal(0, consumer.Take(10, TimeSpan.FromMilliseconds(1), records));
        Assert.Empty(records.Lines);
    }

    [Fact]
    public void A_setting_that_is_refused_is_named_and_its_value_is_not()
    {
        var config = new Dictionary<string, string> { ["bootstrap.servers"] = kafka.Bootstrap, ["group.id"] = "g", ["security.protocol"] = "s3cret" };

        var refused = Assert.Throws<InvalidOperationException>(() => new BatchConsumer(config, new TopicPartitionOffset("t", 0, 0)));

        Assert.Contains("security.protocol", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.Message, StringComparison.Ordinal);
    }

    private static List<string> ReadToEnd(ConsumerConfig config, TopicPartitionOffset from)
    {
        var records = new Records();
        using var consumer = new BatchConsumer(config, from);
        while (!records.Ended)
            Assert.NotEqual(0, consumer.Take(10, Patience, records));
        return records.Lines;
    }

    private sealed class Records : IRecordTarget
    {
        public List<string> Lines { get; } = [];

        public bool Ended { get; private set; }

        public void Add(long offset, long timeMs, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isNull) =>
            Lines.Add($"{offset} {timeMs} {Encoding.UTF8.GetString(key)}={(isNull ? "null" : Encoding.UTF8.GetString(value))}");

        public void Reached(long offset)
        {
            Lines.Add($"end {offset}");
            Ended = true;
        }
    }
}
