using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Streams.Kafka;

/// <summary>The node's topics where <c>metrics</c>, and what pipelines read of Kafka, lies there and the rest in SQL. Heads in Kafka are as of the last look, a second ago at most while the brokers answer.</summary>
internal sealed class KafkaTopicStore(ITopicStore inner, KafkaWatch watch, KafkaAppends appends) : ITopicStore
{
    public event Action<string, int, long>? Appended
    {
        add => inner.Appended += value;
        remove => inner.Appended -= value;
    }

    public Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default) =>
        KafkaBackend.Holds(topic) ? Task.CompletedTask : inner.EnsureAsync(topic, partitions, withState, cancel);

    /// <summary>1 as long as the topic was never seen: its reader waits, and says for what.</summary>
    public int PartitionsOf(string topic) => KafkaBackend.Holds(topic) ? Math.Max(1, watch.SeenOf(topic)?.Partitions.Count ?? 1) : inner.PartitionsOf(topic);

    /// <summary>For a topic in Kafka only a name: each reader finds the incarnation of its partition when it claims it.</summary>
    public int IncarnationOf(string topic) => KafkaBackend.Holds(topic) ? 1 : inner.IncarnationOf(topic);

    public async Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default)
    {
        if (!KafkaBackend.Holds(topic))
            return await inner.AppendAsync(topic, batches, cancel).ConfigureAwait(false);
        if (TopicNames.IsKafka(topic))
            throw new NotSupportedException($"Topic {topic} is a source: nothing here writes to it.");
        await appends.AppendAsync(batches, cancel).ConfigureAwait(false);
        // The partitioner decides where records go: there is no first offset per batch.
        return new AppendedBatches(0, []);
    }

    public Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default) => KafkaBackend.Holds(topic)
        ? throw new NotSupportedException($"Topic {topic} lies in Kafka, which keeps no numbers of senders; append without one.")
        : inner.AppendAsync(topic, sender, items, cancel);

    public Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => KafkaBackend.Holds(topic)
        ? throw new NotSupportedException($"Topic {topic} lies in Kafka, which keeps no keys of senders. Leave the Idempotency-Key out; a repeat then appends again.")
        : inner.AppendAsync(topic, sender, mark, batches, cancel);

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax) => KafkaBackend.Holds(topic)
        ? throw new NotSupportedException($"Topic {topic} lies in Kafka and is read by its consumers.")
        : inner.Read(topic, partition, from, recordsMax, bytesMax);

    public PartitionState StateOf(string topic, int partition)
    {
        if (!KafkaBackend.Holds(topic))
            return inner.StateOf(topic, partition);
        return watch.SeenOf(topic) is { } seen && partition < seen.Partitions.Count ? seen.Partitions[partition] : default;
    }

    public long ChangeStampOf(string topic) => KafkaBackend.Holds(topic) ? 0 : inner.ChangeStampOf(topic);

    /// <summary>Kafka's own retention rules there.</summary>
    public Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default) =>
        KafkaBackend.Holds(topic) ? Task.FromResult(0L) : inner.RetainAsync(topic, groups, appendedBeforeMs, cancel);
}
