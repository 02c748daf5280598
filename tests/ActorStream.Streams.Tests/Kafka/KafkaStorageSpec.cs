using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using ActorStream.Wire.Topics;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

public sealed class KafkaStorageSpec(MockKafka kafka) : IClassFixture<MockKafka>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const string Warm = "warm-up";

    private static readonly PartitionId First = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    [Theory]
    [InlineData("murmur2_random")]
    [InlineData("ours")]
    public async Task A_body_is_on_Kafka_with_keys_and_values_as_sent_and_the_partitioner_decides_where(string partitioner)
    {
        await using var world = await WorldAsync(kafka.Options(partitioner == "ours" ? KafkaPartitioner.Ours : KafkaPartitioner.Murmur2Random));
        var keys = Enumerable.Range(0, 20).Select(i => $"metric-{i}").ToArray();

        await world.Storage.Topics.AppendAsync(TopicNames.Metrics, [Batch(0, keys[..12]), Batch(1, keys[12..])]);

        var found = kafka.ReadAll(world.Options.MetricsTopic);
        Assert.Equal(keys.Select(Line).Order(), found.SelectMany(p => p).Where(l => l != $"{Warm}=").Order());
        Func<string, int> expected = partitioner == "ours" ? key => StableHash.Bucket(key, MockKafka.Partitions) : JavaPartition;
        Assert.All(keys, key => Assert.Contains(Line(key), found[expected(key)]));
    }

    [Fact]
    public async Task While_no_broker_answers_a_body_is_refused_as_certainly_not_stored_and_the_health_says_why()
    {
        using var folder = await KafkaFolder.OpenAsync();
        // Port 1 of loopback: nobody listens there.
        var options = kafka.Options() with { BootstrapServers = "127.0.0.1:1" };
        await using var storage = KafkaStorage.Open(folder.Storage, options, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.Topics.AppendAsync(TopicNames.Metrics, [Batch(0, "a")]));

        Assert.Equal(storage.Backend.Health.Why, refused.Message);
        Assert.Throws<StorageUnavailableException>(() => storage.Compacted.ChangesAfter(TopicNames.Rules, -1));
    }

    [Fact]
    public async Task A_setting_that_librdkafka_does_not_know_is_refused_with_its_name()
    {
        using var folder = await KafkaFolder.OpenAsync();
        var options = kafka.Options() with { Client = new Dictionary<string, string> { ["no.such.thing"] = "1" } };

        var refused = Assert.Throws<StorageRefusedException>(() => KafkaStorage.Open(folder.Storage, options, TimeProvider.System));

        Assert.Contains("no.such.thing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_of_all_partitions_are_there_before_the_first_answer_and_null_or_empty_deletes()
    {
        var options = kafka.Options();
        for (var i = 0; i < 40; i++)
            await kafka.PutAsync(options.RulesTopic, i % MockKafka.Partitions, $"rule-{i}", $"v{i}", 1_000 + i);
        await kafka.PutAsync(options.RulesTopic, 0, "rule-0", null, 2_000);
        await kafka.PutAsync(options.RulesTopic, 1, "rule-1", "", 2_000);
        await using var world = await WorldAsync(options);

        var rules = world.Storage.Compacted.ChangesAfter(TopicNames.Rules, PartitionId.None).Where(r => r.Key != Warm).ToArray();

        Assert.Equal(40, rules.Length);
        Assert.Equal(["rule-0", "rule-1"], rules.Where(r => r.Value is null).Select(r => r.Key).Order());
        Assert.Equal("v39", Encoding.UTF8.GetString(rules.Single(r => r.Key == "rule-39").Value!.Value.Span));
    }

    [Fact]
    public async Task A_rule_that_was_put_here_is_on_Kafka_and_its_position_is_the_one_every_node_sees()
    {
        await using var world = await WorldAsync(kafka.Options());

        var (position, _) = await world.Storage.Compacted.PutAsync(TopicNames.Rules, "rule", (ReadOnlyMemory<byte>?)"{}"u8.ToArray());
        var (deleted, _) = await world.Storage.Compacted.PutAsync(TopicNames.Rules, "rule", null);

        Assert.True(deleted > position);
        Assert.Equal(["rule={}", "rule="], kafka.ReadAll(world.Options.RulesTopic).SelectMany(p => p).Where(l => l != $"{Warm}="));
        Assert.Equal(deleted, Assert.Single(world.Storage.Compacted.ChangesAfter(TopicNames.Rules, position)).Position);
    }

    [Fact]
    public async Task A_compacted_topic_that_does_not_lie_in_Kafka_keeps_the_condition_of_a_change()
    {
        await using var world = await WorldAsync(kafka.Options());

        var first = await world.Storage.Compacted.PutIfAtAsync(TopicNames.Pipelines, "p", (ReadOnlyMemory<byte>?)"{}"u8.ToArray(), PartitionId.None);
        var again = await world.Storage.Compacted.PutIfAtAsync(TopicNames.Pipelines, "p", (ReadOnlyMemory<byte>?)"{}"u8.ToArray(), PartitionId.None);

        Assert.NotNull(first);
        Assert.Null(again);
        Assert.NotNull(await world.Storage.Compacted.PutIfAtAsync(TopicNames.Pipelines, "p", null, first.Value.Position));
    }

    [Fact]
    public async Task A_topic_that_ends_below_the_committed_position_is_a_new_incarnation_read_from_its_beginning()
    {
        await using var world = await WorldAsync(kafka.Options());
        var (first, row) = await world.Storage.Backend.ClaimAsync(First);
        await world.Storage.Commits.CommitAsync(first, row with { Serial = 1, Position = 5_000_000 });

        var (second, claimed) = await world.Storage.Backend.ClaimAsync(First);

        Assert.Equal((1, 2), (first.Incarnation, second.Incarnation));
        Assert.Equal(0, claimed.Position);
    }

    [Fact]
    public async Task Records_that_Kafka_deleted_unread_are_one_counted_gap_and_reading_goes_on_behind_it()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 0, "k", "1");
        await using var world = await WorldAsync(options);
        var (partition, row) = await world.Storage.Backend.ClaimAsync(First);
        await world.Storage.Commits.CommitAsync(partition, row with { Serial = 1, Position = 1 });

        // The mock keeps about five megabytes of a partition.
        var large = new string('x', 900_000);
        for (var i = 0; i < 12; i++)
            await kafka.PutAsync(options.MetricsTopic, 0, "k", large);
        var (again, claimed) = await world.Storage.Backend.ClaimAsync(First);

        Assert.Equal(partition, again);
        Assert.True(claimed.Position > 1, "The mock has deleted nothing.");
        Assert.Equal(claimed.Position - 1, world.Storage.Backend.Health.GapRecords);
        Assert.Equal($"{partition}@1", Assert.Single(world.Storage.DeadLetters.List(10)).Id);
        Assert.Equal(1, world.Storage.DeadLetters.Counts()["gap"]);
    }

    [Fact]
    public async Task What_is_claimed_and_committed_is_shown_to_Kafkas_tools_as_offsets_of_the_group()
    {
        await using var world = await WorldAsync(kafka.Options());
        var (partition, row) = await world.Storage.Backend.ClaimAsync(First);
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = kafka.Bootstrap, GroupId = world.Options.Group }).Build();
        await ShownAsync(0);

        await world.Storage.Commits.CommitAsync(partition, row with { Serial = 1, Position = 17 });

        await ShownAsync(17);

        async Task ShownAsync(long position)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            using var enough = new CancellationTokenSource(Patience);
            while (consumer.Committed([new TopicPartition(world.Options.MetricsTopic, 0)], Patience)[0].Offset.Value != position)
                await pace.WaitForNextTickAsync(enough.Token);
        }
    }

    private async Task<World> WorldAsync(KafkaOptions options)
    {
        // Topics of the mock are made by a first record.
        await kafka.PutAsync(options.RulesTopic, 3, Warm, "", 1);
        await kafka.PutAsync(options.MetricsTopic, 3, Warm, "");
        var folder = await KafkaFolder.OpenAsync();
        var storage = KafkaStorage.Open(folder.Storage, options, TimeProvider.System);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var enough = new CancellationTokenSource(Patience);
        while (!IsReady(storage))
            await pace.WaitForNextTickAsync(enough.Token);
        return new World(storage, folder, options);
    }

    private static bool IsReady(KafkaStorage storage)
    {
        try
        {
            storage.Compacted.ChangesAfter(TopicNames.Rules, PartitionId.None);
            return storage.Backend.Health.Why is null;
        }
        catch (StorageUnavailableException)
        {
            return false;
        }
    }

    private static NewBatch Batch(int partition, params string[] keys)
    {
        var writer = new RecordBatchWriter();
        foreach (var key in keys)
            writer.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(Line(key)[(key.Length + 1)..]));
        return new NewBatch(partition, writer.Count, writer.Written.ToArray());
    }

    private static string Line(string key) => $$"""{{key}}={"value":{{key.Length}}}""";

    /// <summary>murmur2 as Kafka's Java client has it.</summary>
    private static int JavaPartition(string key)
    {
        var data = Encoding.UTF8.GetBytes(key);
        const uint m = 0x5bd1e995;
        var h = 0x9747b28c ^ (uint)data.Length;
        var at = 0;
        for (; data.Length - at >= 4; at += 4)
        {
            var k = BitConverter.ToUInt32(data, at) * m;
            h = (h * m) ^ ((k ^ (k >> 24)) * m);
        }
        var rest = data.Length - at;
        if (rest >= 3)
            h ^= (uint)data[at + 2] << 16;
        if (rest >= 2)
            h ^= (uint)data[at + 1] << 8;
        if (rest >= 1)
            h = (h ^ data[at]) * m;
        h = (h ^ (h >> 13)) * m;
        return (int)((h ^ (h >> 15)) & 0x7fffffff) % MockKafka.Partitions;
    }

    private sealed record World(KafkaStorage Storage, KafkaFolder Folder, KafkaOptions Options) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Storage.DisposeAsync();
            Folder.Delete();
        }
    }
}
