using System.Text;
using ActorStream.Storage.Sqlite;
using ActorStream.Streams.Kafka;
using Confluent.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

/// <summary>librdkafka's brokers in this process, with topics of four partitions that are made by the first record. Transaction markers and log compaction are not theirs.</summary>
public sealed class MockKafka : IDisposable
{
    public const int Partitions = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IProducer<byte[], byte[]?> _producer;

    public MockKafka()
    {
        _producer = new ProducerBuilder<byte[], byte[]?>(new ProducerConfig(new Dictionary<string, string> { ["bootstrap.servers"] = "mock", ["test.mock.num.brokers"] = "1" }) { LingerMs = 1 }).Build();
        using var admin = new DependentAdminClientBuilder(_producer.Handle).Build();
        Bootstrap = string.Join(',', admin.GetMetadata(Patience).Brokers.Select(b => $"{b.Host}:{b.Port}"));
    }

    public string Bootstrap { get; }

    internal KafkaOptions Options(KafkaPartitioner partitioner = KafkaPartitioner.Murmur2Random) => new(
        Bootstrap, new Dictionary<string, string>(), partitioner, $"metrics-{Guid.NewGuid():N}", $"rules-{Guid.NewGuid():N}", $"group-{Guid.NewGuid():N}", $"node-{Guid.NewGuid():N}", Partitions);

    /// <summary>Its offset.</summary>
    public async Task<long> PutAsync(string topic, int partition, string key, string? value, long timeMs = 1_000) =>
        (await _producer.ProduceAsync(new TopicPartition(topic, partition), new Message<byte[], byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(key), Value = value is null ? null : Encoding.UTF8.GetBytes(value), Timestamp = new Timestamp(timeMs, TimestampType.CreateTime),
        })).Offset.Value;

    /// <summary>All of a topic by partition, as <c>key=value</c>.</summary>
    public ILookup<int, string> ReadAll(string topic)
    {
        using var consumer = new ConsumerBuilder<string, string?>(new ConsumerConfig { BootstrapServers = Bootstrap, GroupId = $"{Guid.NewGuid():N}", EnablePartitionEof = true }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var records = new List<(int, string)>();
        for (var ends = 0; ends < Partitions;)
        {
            var result = consumer.Consume(Patience);
            if (result.IsPartitionEOF)
                ends++;
            else
                records.Add((result.Partition.Value, $"{result.Message.Key}={result.Message.Value}"));
        }
        return records.ToLookup(r => r.Item1, r => r.Item2);
    }

    public void Dispose() => _producer.Dispose();
}

/// <summary>A storage on SQLite whose folder is gone afterwards; whoever puts Kafka over it disposes it.</summary>
public sealed class KafkaFolder : IDisposable
{
    private readonly string _path;

    private KafkaFolder(string path, SqliteStorage storage) => (_path, Storage) = (path, storage);

    public SqliteStorage Storage { get; }

    public static async Task<KafkaFolder> OpenAsync()
    {
        var path = Directory.CreateTempSubdirectory("actorstream-kafka-").FullName;
        return new KafkaFolder(path, await SqliteStorage.OpenAsync(new StorageOptions(path, "test", StateSurvivesPowerLoss: false) { ExternalTopics = ["metrics"] }, TimeProvider.System));
    }

    public void Dispose() => Delete();

    public void Delete() => Directory.Delete(_path, recursive: true);
}
