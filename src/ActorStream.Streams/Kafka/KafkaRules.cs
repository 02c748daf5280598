using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>The <c>rules</c> topic where it lies in Kafka: written there, read from the copy in SQL. Every other compacted topic is in SQL alone.</summary>
internal sealed class KafkaRules : ICompactedTopic, IAsyncDisposable
{
    private static readonly TimeSpan ImportPatience = TimeSpan.FromSeconds(10);

    private readonly ICompactedTopic _copy;
    private readonly KafkaOptions _options;
    private readonly KafkaWatch _watch;
    private readonly RuleImport _import;
    private readonly IProducer<byte[], byte[]?> _producer;

    public KafkaRules(ICompactedTopic copy, KafkaOptions options, KafkaWatch watch)
    {
        (_copy, _options, _watch) = (copy, options, watch);
        _producer = new ProducerBuilder<byte[], byte[]?>(options.Producer(isTransactional: false)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _import = new RuleImport(options, watch, copy);
    }

    public async Task<(long Position, long AppendTimeMs)> PutAsync(string topic, string key, ReadOnlyMemory<byte>? value, CancellationToken cancel = default)
    {
        if (topic != TopicNames.Rules)
            return await _copy.PutAsync(topic, key, value, cancel).ConfigureAwait(false);
        if (_watch.Health.Why is { } why)
            throw new StorageUnavailableException(why);
        var written = await ProduceAsync(Encoding.UTF8.GetBytes(key), value?.ToArray()).WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await _import.Reached(written.Partition.Value, written.Offset.Value).WaitAsync(ImportPatience, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new OutcomeUnknownException($"The rule is stored in Kafka and was not read back within {ImportPatience.TotalSeconds:0} s; it takes effect when it is.", e);
        }
        // If somebody changed the rule meanwhile, this is the later change: whoever waits for it has waited for both.
        var row = _copy.ChangesAfter(topic, PartitionId.None).Last(r => r.Key == key);
        return (row.Position, row.AppendTimeMs);
    }

    /// <summary>Kafka knows no condition: two editors in the same instant can both pass, and then the later one counts.</summary>
    public async Task<(long Position, long AppendTimeMs)?> PutIfAtAsync(string topic, string key, ReadOnlyMemory<byte>? value, long position, CancellationToken cancel = default) =>
        topic != TopicNames.Rules ? await _copy.PutIfAtAsync(topic, key, value, position, cancel).ConfigureAwait(false)
        : ChangesAfter(topic, position - 1).Any(r => r.Key == key && r.Position == position) ? await PutAsync(topic, key, value, cancel).ConfigureAwait(false) : null;

    public Task<int> ImportAsync(string topic, IReadOnlyList<ImportedRecord> records, CancellationToken cancel = default) => _copy.ImportAsync(topic, records, cancel);

    /// <exception cref="StorageUnavailableException">The topic in Kafka was not read to its end yet: a view of the rules that lacks some must not count as complete.</exception>
    public IReadOnlyList<CompactedRecord> ChangesAfter(string topic, long position) =>
        topic == TopicNames.Rules && _import.WhyIncomplete is { } why ? throw new StorageUnavailableException(why) : _copy.ChangesAfter(topic, position);

    public async ValueTask DisposeAsync()
    {
        await _import.DisposeAsync();
        _producer.Dispose();
    }

    private async Task<DeliveryResult<byte[], byte[]?>> ProduceAsync(byte[] key, byte[]? value)
    {
        var to = new TopicPartition(_options.RulesTopic, _options.Partitioner == KafkaPartitioner.Ours && _watch.Rules is { } seen ? StableHash.Bucket(key, seen.Partitions.Count) : Partition.Any);
        try
        {
            return await _producer.ProduceAsync(to, new Message<byte[], byte[]?> { Key = key, Value = value }).ConfigureAwait(false);
        }
        catch (ProduceException<byte[], byte[]?> e) when (e.DeliveryResult.Status == PersistenceStatus.NotPersisted)
        {
            throw new StorageUnavailableException($"Kafka did not take the rule: {e.Error.Reason.TrimEnd('.')}. It was not stored.", e);
        }
        catch (ProduceException<byte[], byte[]?> e)
        {
            throw new OutcomeUnknownException($"Kafka did not answer for the rule: {e.Error.Reason}", e);
        }
    }
}
