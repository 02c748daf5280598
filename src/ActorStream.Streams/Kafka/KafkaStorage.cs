using ActorStream.Storage.Contracts;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>The node's storage where <c>metrics</c> and <c>rules</c> lie in Kafka: everything else is in the storage beneath, which it owns.</summary>
public sealed class KafkaStorage : INodeStorage
{
    private readonly INodeStorage _inner;
    private readonly KafkaWatch _watch;
    private readonly KafkaAppends _appends;
    private readonly OffsetCopies _commits;
    private readonly KafkaRules _rules;

    private KafkaStorage(INodeStorage inner, KafkaOptions options, TimeProvider time)
    {
        _inner = inner;
        _watch = new KafkaWatch(options, time);
        _appends = new KafkaAppends(options, _watch);
        _commits = new OffsetCopies(inner.Commits, options, time);
        _rules = new KafkaRules(inner.Compacted, options, _watch);
        Topics = new KafkaTopicStore(inner.Topics, _watch, _appends);
        Backend = new KafkaBackend(options, _watch, _commits, inner.DeadLetters, time);
    }

    public KafkaBackend Backend { get; }

    public ITopicStore Topics { get; }

    public ICompactedTopic Compacted => _rules;

    public ICommitStore Commits => _commits;

    public IDeadLetterStore DeadLetters => _inner.DeadLetters;

    public IAlarmHistory History => _inner.History;

    public IResultTable Results => _inner.Results;

    public IDeliveryLog Deliveries => _inner.Deliveries;

    public IDueTable Due => _inner.Due;

    public ICheckpointTable Checkpoints => _inner.Checkpoints;

    public JournalDatabase Journal => _inner.Journal;

    public long? FreeBytes => _inner.FreeBytes;

    public long? StateBytes => _inner.StateBytes;

    /// <summary>Does not wait for the brokers: a node starts without them and says so.</summary>
    /// <exception cref="StorageRefusedException">librdkafka refuses a setting.</exception>
    public static KafkaStorage Open(INodeStorage inner, KafkaOptions options, TimeProvider time)
    {
        try
        {
            return new KafkaStorage(inner, options, time);
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException or ArgumentException)
        {
            throw new StorageRefusedException($"Kafka's client refuses its settings: {e.Message.TrimEnd('.')}. Correct kafka.client.");
        }
    }

    public Task<bool> IsWritableAsync(CancellationToken cancel = default) => _inner.IsWritableAsync(cancel);

    public Task<long> RetainAsync(CancellationToken cancel = default) => _inner.RetainAsync(cancel);

    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel = default) =>
        KafkaBackend.Holds(topic) ? Task.FromResult(0) : _inner.ForgetSendersAsync(topic, namePrefix, silentSinceMs, cancel);

    public async ValueTask DisposeAsync()
    {
        await _rules.DisposeAsync();
        await _appends.DisposeAsync();
        await _commits.DisposeAsync();
        await _watch.DisposeAsync();
        await _inner.DisposeAsync();
    }
}
