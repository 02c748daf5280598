using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

/// <summary>Topics that pipelines read, several beside that of samples.</summary>
public sealed class KafkaTopicsSpec(MockKafka kafka) : IClassFixture<MockKafka>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly KafkaOptions _options = kafka.Options() with { SinkPrefix = $"actorstream-{Guid.NewGuid():N}" };
    private readonly string _rooms = $"rooms-{Guid.NewGuid():N}";
    private readonly string _doors = $"doors-{Guid.NewGuid():N}";
    private KafkaFolder _folder = null!;
    private KafkaStorage _storage = null!;

    public async Task InitializeAsync()
    {
        foreach (var topic in new[] { _options.MetricsTopic, _options.RulesTopic, _rooms, _doors })
            await kafka.PutAsync(topic, 0, "k", "1");
        _folder = await KafkaFolder.OpenAsync();
        _storage = KafkaStorage.Open(_folder.Storage, _options, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task Each_topic_is_claimed_in_rows_of_its_own_and_shown_under_a_group_of_each_pipeline()
    {
        await kafka.PutAsync(_rooms, 2, "k", "1");
        var (rooms, doors) = (PartitionOf("one", _rooms, 2), PartitionOf("two", _doors, 2));

        var (claimed, row) = await _storage.Backend.ClaimAsync(rooms);
        await _storage.Backend.ClaimAsync(doors);
        await _storage.Commits.CommitAsync(claimed, row with { Serial = row.Serial + 1, Position = 1 });

        await ShownAsync($"{_options.SinkPrefix}-pipeline.one", _rooms, 1);
        await ShownAsync($"{_options.SinkPrefix}-pipeline.two", _doors, 0);
        Assert.Equal([rooms], _storage.Commits.RowsOf("pipeline.one").Select(r => r.Partition));
    }

    [Fact]
    public async Task Heads_and_partitions_of_a_topic_are_known_once_somebody_has_asked_for_it()
    {
        var partition = PartitionOf("one", _rooms, 1);
        for (var i = 0; i < 5; i++)
            await kafka.PutAsync(_rooms, 1, "k", $"{i}");

        await HoldsAsync(() => _storage.Backend.HeadOf(partition) == 5);
        Assert.Equal((MockKafka.Partitions, 5L), (_storage.Topics.PartitionsOf(partition.Topic), _storage.Topics.StateOf(partition.Topic, 1).Head));
        await kafka.PutAsync(_rooms, 1, "k", "more");

        await HoldsAsync(() => _storage.Backend.HeadOf(partition) == 6);
        Assert.Null(_storage.Backend.WhyNot(partition.Topic));
    }

    [Fact]
    public async Task A_reader_that_has_claimed_knows_all_partitions_at_once()
    {
        // Not one only, until the next look: its windows would fire without the others.
        await using var world = new Storage(await KafkaFolder.OpenAsync(), _options);

        await world.Kafka.Backend.ClaimAsync(PartitionOf("one", _doors, 0));

        Assert.Equal(MockKafka.Partitions, world.Kafka.Topics.PartitionsOf(TopicNames.KafkaPrefix + _doors));
    }

    [Fact]
    public void While_a_topic_cannot_be_seen_its_partitions_are_known_and_their_ends_are_not()
    {
        var sight = new KafkaSight();
        Assert.Equal((null, null, null), (sight.Seen, sight.HeadOf(0), sight.Why));

        sight.Heard(new WatchedTopic("id", [new PartitionState(0, 3, 0)]));
        Assert.Equal((1, null), (sight.Seen!.Partitions.Count, sight.HeadOf(0)));
        sight.Saw(new WatchedTopic("id", [new PartitionState(0, 3, 0), new PartitionState(0, 4, 0)]));
        Assert.Equal((3L, 4L, null), (sight.HeadOf(0), sight.HeadOf(1), sight.HeadOf(2)));
        sight.Missed("It is gone.");

        Assert.Equal((2, null, "It is gone."), (sight.Seen!.Partitions.Count, sight.HeadOf(0), sight.Why));
    }

    [Fact]
    public async Task Nothing_here_writes_to_a_source() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => _storage.Topics.AppendAsync(TopicNames.KafkaPrefix + _rooms, [new NewBatch(0, 1, new byte[1])]));

    private static PartitionId PartitionOf(string pipeline, string topic, int partition) => new($"pipeline.{pipeline}", TopicNames.KafkaPrefix + topic, 1, partition);

    private async Task ShownAsync(string group, string topic, long position)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = kafka.Bootstrap, GroupId = group }).Build();
        await HoldsAsync(() => consumer.Committed([new TopicPartition(topic, 2)], Patience)[0].Offset.Value == position);
    }

    private static async Task HoldsAsync(Func<bool> condition)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var enough = new CancellationTokenSource(Patience);
        while (!condition())
            await pace.WaitForNextTickAsync(enough.Token);
    }

    private sealed class Storage(KafkaFolder folder, KafkaOptions options) : IAsyncDisposable
    {
        public KafkaStorage Kafka { get; } = KafkaStorage.Open(folder.Storage, options, TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await Kafka.DisposeAsync();
            folder.Delete();
        }
    }
}
