using ActorStream.Domain.Records;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Which partition of a Kafka topic a key goes to when this program produces it.</summary>
public enum KafkaPartitioner
{
    /// <summary>As Java producers choose: a program that wrote here before goes on in the same partitions.</summary>
    Murmur2Random,

    /// <summary>As librdkafka chooses by default.</summary>
    ConsistentRandom,

    /// <summary>As the embedded topics choose: <see cref="Domain.Records.StableHash"/>.</summary>
    Ours,
}

/// <param name="BootstrapServers"><c>HOST:PORT,…</c>.</param>
/// <param name="Client">Raw settings of librdkafka for every client (SASL, TLS); what this program sets itself goes over them. May hold secrets.</param>
/// <param name="Group">Consumer group under which the positions of the readers of samples are shown to Kafka's own tools.</param>
/// <param name="TransactionalId">The same after a restart of the node, different on every node of the cluster: a new start fences its dead self at once.</param>
/// <param name="MetricPartitions">For a topic that has to be made.</param>
public sealed record KafkaOptions(
    string BootstrapServers, IReadOnlyDictionary<string, string> Client, KafkaPartitioner Partitioner, string MetricsTopic, string RulesTopic, string Group, string TransactionalId, int MetricPartitions)
{
    /// <summary>Begins the transactional ids of sinks, and the consumer groups of pipelines.</summary>
    public string SinkPrefix { get; init; } = "actorstream";

    /// <summary>The consumer group under which the positions of a reader group are shown to Kafka's own tools.</summary>
    public string GroupOf(string readerGroup) => readerGroup == TopicNames.AlarmsGroup ? Group : $"{SinkPrefix}-{readerGroup}";

    /// <summary>What a topic is called in Kafka that readers know by this name.</summary>
    public string NameOf(string topic) => TopicNames.IsKafka(topic) ? topic[TopicNames.KafkaPrefix.Length..] : MetricsTopic;

    /// <summary>A broker that is gone is asked again after at most this.</summary>
    private const int ReconnectMsMax = 1_000;

    /// <summary>Of one consumer. What was fetched and not asked for waits here: that is the read-ahead.</summary>
    private const int QueuedKilobytesMax = 16_384;

    /// <summary>librdkafka's own is a second, in which a full queue runs empty.</summary>
    private const int QueueBackoffMs = 5;

    /// <summary>A transaction whose node died holds back every reader until this has passed.</summary>
    private const int TransactionMsMax = 10_000;

    /// <summary>Never commits, never jumps: where to read is this program's decision.</summary>
    /// <param name="readerGroup">Names the consumer group.</param>
    internal ConsumerConfig Consumer(AutoOffsetReset reset, string readerGroup = TopicNames.AlarmsGroup) => new(Copy())
    {
        BootstrapServers = BootstrapServers,
        GroupId = GroupOf(readerGroup),
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = reset,
        IsolationLevel = IsolationLevel.ReadCommitted,
        EnablePartitionEof = true,
        AllowAutoCreateTopics = false,
        ConsumeResultFields = "timestamp",
        QueuedMaxMessagesKbytes = QueuedKilobytesMax,
        FetchQueueBackoffMs = QueueBackoffMs,
        ReconnectBackoffMaxMs = ReconnectMsMax,
    };

    /// <param name="isTransactional">False: single records, each by itself.</param>
    internal ProducerConfig Producer(bool isTransactional)
    {
        var config = new ProducerConfig(Copy())
        {
            BootstrapServers = BootstrapServers,
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 1,
            Partitioner = Partitioner == KafkaPartitioner.Murmur2Random ? Confluent.Kafka.Partitioner.Murmur2Random : Confluent.Kafka.Partitioner.ConsistentRandom,
            ReconnectBackoffMaxMs = ReconnectMsMax,
        };
        if (isTransactional)
            (config.TransactionalId, config.TransactionTimeoutMs) = (TransactionalId, TransactionMsMax);
        else
            config.MessageTimeoutMs = TransactionMsMax;
        return config;
    }

    private Dictionary<string, string> Copy() => new(Client);
}
