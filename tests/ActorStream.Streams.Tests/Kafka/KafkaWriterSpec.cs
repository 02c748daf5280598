using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Scenarios.Kafka;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Tests.Support;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

/// <summary>The Kafka sink on a real broker: what readers of committed records see is there once.</summary>
public sealed class KafkaWriterSpec(KafkaWriterSpec.Broker broker) : IClassFixture<KafkaWriterSpec.Broker>
{
    private const int Partitions = 3;
    private const string Sink = "sink.p.out/results.p.1/0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _topic = $"results-{Guid.NewGuid():N}";
    private readonly string _id = $"actorstream-test/p/{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task A_record_carries_its_result_its_revision_and_its_position()
    {
        await using var world = await WorldAsync();
        using var writer = NewWriter(world);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(1_000, avg: 1), Results.Of(1_000, avg: 2, revision: 1)));

        var records = Committed();
        Assert.Equal(["p/tumbling_k_1000 0 0 " + Sink, "p/tumbling_k_1000 1 1 " + Sink], records.Select(r => $"{Header(r, "result_id")} {Header(r, "revision")} {Header(r, "position")} {Header(r, "sink")}"));
        Assert.StartsWith("""{"window_id":"tumbling_k_1000",""", records[0].Message.Value, StringComparison.Ordinal);
        Assert.EndsWith(""","processing_time":"1970-01-01T00:00:05.000Z"}""", records[0].Message.Value, StringComparison.Ordinal);
        Assert.Equal(2, world.Committed.Position);
    }

    [SkippableFact]
    public async Task What_was_committed_there_and_not_here_is_not_written_again_wherever_the_next_chunk_is_cut()
    {
        await using var world = await WorldAsync();
        WindowResult[] results = [.. Enumerable.Range(0, 60).Select(i => Results.Of(1_000L * i, avg: i, key: $"k{i % 7}"))];
        using (var dying = NewWriter(world, new NoCommits(world.Storage.Commits)))
            Assert.Equal(CommitOutcome.Unknown, (await dying.WriteAsync(await world.ClaimAsync(), Results.Chunk(0, results[..25]))).Outcome);
        // Somebody else's records behind them do not hide how far this sink has come.
        await NoiseAsync(5_000);

        using var writer = NewWriter(world);
        var row = await world.ClaimAsync();
        Assert.Equal(0, row.Position);
        await SinkWorld.WriteAsync(writer, row, Results.Chunk(0, results[..10]), Results.Chunk(10, results[10..40]), Results.Chunk(40, results[40..]));

        Assert.Equal(Enumerable.Range(0, 60).Select(i => (long)i), Positions());
        Assert.Equal(60, world.Committed.Position);
    }

    [SkippableFact]
    public async Task A_writer_that_was_thought_dead_commits_nothing_more_and_what_it_left_open_is_aborted()
    {
        await using var world = await WorldAsync();
        WindowResult[] results = [.. Enumerable.Range(0, 30).Select(i => Results.Of(1_000L * i, avg: i))];
        using var zombie = NewWriter(world);
        var old = await SinkWorld.WriteAsync(zombie, await world.ClaimAsync(), Results.Chunk(0, results[..10]));
        using var open = OpenTransaction(out var leave);

        using var writer = NewWriter(world);
        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(10, results[10..20]));
        var failed = await Assert.ThrowsAsync<ReaderAnomalyException>(() => zombie.WriteAsync(old, Results.Chunk(10, results[10..30])));
        Assert.ThrowsAny<KafkaException>(leave);
        await SinkWorld.WriteAsync(writer, world.Committed, Results.Chunk(20, results[20..]));

        Assert.Contains("Kafka did not take results", failed.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), Positions());
    }

    [SkippableFact]
    public async Task A_topic_that_is_not_there_is_named_and_not_made()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = new KafkaWriter(SinkWorld.Partition, Options(), "no-such-topic", _id, world.Storage.Commits, world.Storage.DeadLetters);
        var row = await world.ClaimAsync();

        var failed = await Assert.ThrowsAsync<ReaderAnomalyException>(() => writer.WriteAsync(row, Results.Chunk(0, Results.Of(1_000, avg: 1))));

        Assert.Contains("Topic no-such-topic is not there", failed.Message, StringComparison.Ordinal);
        Assert.Equal(0, world.Committed.Position);
    }

    private async Task<SinkWorld> WorldAsync()
    {
        await broker.Kafka.MakeTopicAsync(_topic, Partitions);
        return await SinkWorld.OpenAsync();
    }

    private KafkaWriter NewWriter(SinkWorld world, ICommitStore? commits = null) => new(SinkWorld.Partition, Options(), _topic, _id, commits ?? world.Storage.Commits, world.Storage.DeadLetters);

    private KafkaOptions Options() => new(broker.Kafka.Bootstrap, new Dictionary<string, string>(), KafkaPartitioner.Murmur2Random, "metrics", "rules", "group", "node", Partitions);

    /// <summary>A dead node's: results in a transaction of the same id that nobody commits.</summary>
    private IProducer<string, string> OpenTransaction(out Action leave)
    {
        var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.Kafka.Bootstrap, TransactionalId = _id }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        producer.Produce(_topic, new Message<string, string> { Key = "k", Value = "{}", Headers = new Headers { { "sink", Encoding.UTF8.GetBytes(Sink) }, { "position", "99"u8.ToArray() } } });
        producer.Flush(Patience);
        leave = () => producer.CommitTransaction(Patience);
        return producer;
    }

    private async Task NoiseAsync(int count)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Kafka.Bootstrap, LingerMs = 5 }).Build();
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => producer.ProduceAsync(new TopicPartition(_topic, i % Partitions), new Message<Null, string> { Value = "noise" })));
    }

    private long[] Positions() => [.. Committed().Where(r => r.Message.Value != "noise").Select(r => long.Parse(Header(r, "position"), System.Globalization.CultureInfo.InvariantCulture)).Order()];

    private List<ConsumeResult<string, string>> Committed()
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = broker.Kafka.Bootstrap, GroupId = $"{Guid.NewGuid():N}", EnablePartitionEof = true, IsolationLevel = IsolationLevel.ReadCommitted }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(_topic, p, Offset.Beginning)));
        var records = new List<ConsumeResult<string, string>>();
        for (var ends = 0; ends < Partitions;)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException("Kafka gave nothing.");
            if (result.IsPartitionEOF)
                ends++;
            else
                records.Add(result);
        }
        return records;
    }

    private static string Header(ConsumeResult<string, string> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

    /// <summary>One real broker for all; its tests are skipped where there is no Kafka.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        private KafkaBroker? _kafka;

        internal KafkaBroker Kafka => _kafka ?? throw new SkipException("No Kafka is at hand: set ACTORSTREAM_TEST_KAFKA to a folder with bin/kafka-up, which needs java on the path.");

        public async Task InitializeAsync()
        {
            try
            {
                _kafka = await KafkaBroker.StartAsync(isShared: true);
            }
            catch (SkipException)
            {
                // Each test says so itself: a fixture cannot be skipped.
                _kafka = null;
            }
        }

        public async Task DisposeAsync()
        {
            if (_kafka is not null)
                await _kafka.DisposeAsync();
        }
    }

    /// <summary>A process that dies right before its row is written.</summary>
    private sealed class NoCommits(ICommitStore inner) : ICommitStore
    {
        public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default) => inner.ClaimAsync(partition, startAt, cancel);

        public Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default) => Task.FromResult(CommitOutcome.Unknown);

        public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => inner.RowsOf(group);
    }
}
