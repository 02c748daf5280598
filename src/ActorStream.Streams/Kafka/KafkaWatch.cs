using System.Collections.Concurrent;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Streams.Kafka;

/// <param name="Id">Of the topic; changes when it is made anew. Null where the broker does not tell.</param>
/// <param name="Partitions">States by number, as of the last look.</param>
internal sealed record WatchedTopic(string? Id, IReadOnlyList<PartitionState> Partitions);

/// <summary>Looks at the topics each second: partitions, ids, offsets, and whether the brokers answer at all. Makes the topics of samples and rules where they are missing, never one that pipelines read.</summary>
internal sealed class KafkaWatch : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly KafkaOptions _options;
    private readonly IConsumer<Ignore, Ignore> _client;
    private readonly IAdminClient _admin;
    private readonly ITopicIds _ids;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, KafkaSight> _sources = new(StringComparer.Ordinal);
    private readonly Task _looking;
    private volatile WatchedTopic? _metrics;
    private volatile WatchedTopic? _rules;
    private volatile Error? _refusal;

    /// <param name="options">Which brokers and topics.</param>
    /// <param name="time">Paces the looks.</param>
    /// <param name="ids">Null: the brokers are asked.</param>
    /// <exception cref="InvalidOperationException">librdkafka refuses a setting.</exception>
    public KafkaWatch(KafkaOptions options, TimeProvider time, ITopicIds? ids = null)
    {
        (_options, _time) = (options, time);
        // A consumer's question for a topic does not make it, a producer's or an administrator's does.
        _client = new ConsumerBuilder<Ignore, Ignore>(options.Consumer(AutoOffsetReset.Error)).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => _refusal = KafkaRefusal.Remedy(error) is null ? _refusal : error).Build();
        _admin = new DependentAdminClientBuilder(_client.Handle).Build();
        _ids = ids ?? new TopicIds(_admin, time);
        _looking = Task.Run(LookAsync);
    }

    public KafkaHealth Health { get; } = new();

    /// <summary>Null: never seen.</summary>
    public WatchedTopic? Metrics => _metrics;

    public WatchedTopic? Rules => _rules;

    /// <summary>Of a topic that readers know by this name; null: never seen.</summary>
    public WatchedTopic? SeenOf(string topic) => TopicNames.IsKafka(topic) ? SightOf(topic).Seen : _metrics;

    /// <summary>Of a topic that pipelines read, by the name they know it by. Whoever asks first has it watched, as long as the node runs.</summary>
    public KafkaSight SightOf(string topic) => _sources.GetOrAdd(_options.NameOf(topic), static _ => new KafkaSight());

    /// <summary>As of now, not of the last look.</summary>
    /// <param name="known">The topic by the name its readers know.</param>
    /// <exception cref="StorageUnavailableException">The brokers do not answer, or there is no such topic or partition.</exception>
    public async Task<(string? Id, PartitionState State)> AskAsync(string known, int partition)
    {
        var topic = _options.NameOf(known);
        try
        {
            var asked = await DescribeAsync(topic, IsolationLevel.ReadUncommitted).ConfigureAwait(false);
            if (TopicNames.IsKafka(known))
                SightOf(known).Heard(asked);
            return partition < asked.Partitions.Count
                ? (asked.Id, asked.Partitions[partition])
                : throw new StorageUnavailableException($"Topic {topic} has {asked.Partitions.Count} partitions at {_options.BootstrapServers}, none of number {partition}.");
        }
        catch (KafkaException e)
        {
            throw new StorageUnavailableException(TopicNames.IsKafka(known) ? SourceSentence(topic, e.Error) : Sentence(e.Error), e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _admin.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(Every, _time);
        try
        {
            do
                await LookOnceAsync().ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Health.Down("The node ends.");
        }
    }

    private async Task LookOnceAsync()
    {
        try
        {
            _metrics = await SeeAsync(_options.MetricsTopic, _options.MetricPartitions, []).ConfigureAwait(false);
            _rules = await SeeAsync(_options.RulesTopic, 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" }).ConfigureAwait(false);
            _refusal = null;
            Health.Up();
            await Task.WhenAll(_sources.Select(s => LookAtAsync(s.Key, s.Value))).ConfigureAwait(false);
        }
        catch (KafkaException e)
        {
            // Assigned to nothing it consumes nothing: it calls the handler of errors.
            _client.Consume(TimeSpan.Zero);
            var why = Sentence(e.Error);
            Health.Down(why);
            foreach (var sight in _sources.Values)
                sight.Missed(why);
        }
    }

    /// <summary>What is wrong with one source is no other topic's trouble.</summary>
    private async Task LookAtAsync(string topic, KafkaSight sight)
    {
        try
        {
            sight.Saw(await DescribeAsync(topic, IsolationLevel.ReadCommitted).ConfigureAwait(false));
        }
        catch (KafkaException e)
        {
            sight.Missed(SourceSentence(topic, e.Error));
        }
    }

    private async Task<WatchedTopic> SeeAsync(string topic, int partitions, Dictionary<string, string> settings)
    {
        try
        {
            return await DescribeAsync(topic, IsolationLevel.ReadCommitted).ConfigureAwait(false);
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.UnknownTopicOrPart)
        {
            await MakeAsync(new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = -1, Configs = settings }).ConfigureAwait(false);
            return await DescribeAsync(topic, IsolationLevel.ReadCommitted).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(TopicSpecification topic)
    {
        try
        {
            await _admin.CreateTopicsAsync([topic], new CreateTopicsOptions { OperationTimeout = Patience, RequestTimeout = Patience }).ConfigureAwait(false);
        }
        catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            // Another node was faster.
            return;
        }
        catch (CreateTopicsException e)
        {
            throw new KafkaException(e.Results[0].Error);
        }
    }

    private async Task<WatchedTopic> DescribeAsync(string topic, IsolationLevel isolation)
    {
        try
        {
            var partitions = await Task.Run(() => PartitionsOf(topic)).ConfigureAwait(false);
            var firsts = await OffsetsAsync(topic, partitions, OffsetSpec.Earliest(), isolation).ConfigureAwait(false);
            var heads = await OffsetsAsync(topic, partitions, OffsetSpec.Latest(), isolation).ConfigureAwait(false);
            return new WatchedTopic(await _ids.OfAsync(topic).ConfigureAwait(false), [.. firsts.Zip(heads, (first, head) => new PartitionState(first, head, 0))]);
        }
        catch (ListOffsetsException e)
        {
            throw new KafkaException(e.Result.ResultInfos.First(r => r.TopicPartitionOffsetError.Error.IsError).TopicPartitionOffsetError.Error);
        }
    }

    private async Task<IReadOnlyList<long>> OffsetsAsync(string topic, int partitions, OffsetSpec which, IsolationLevel isolation)
    {
        var asked = Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = which });
        var found = await _admin.ListOffsetsAsync(asked, new ListOffsetsOptions { RequestTimeout = Patience, IsolationLevel = isolation }).ConfigureAwait(false);
        return [.. found.ResultInfos.OrderBy(r => r.TopicPartitionOffsetError.Partition.Value).Select(r => r.TopicPartitionOffsetError.Offset.Value)];
    }

    private int PartitionsOf(string topic)
    {
        var found = _admin.GetMetadata(topic, Patience).Topics[0];
        return found.Error.IsError ? throw new KafkaException(found.Error) : found.Partitions.Count;
    }

    private string SourceSentence(string topic, Error error) => error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic
        ? $"Topic {topic} is not there in Kafka at {_options.BootstrapServers}; make it, with as many partitions as readers are wanted. It is looked for each second."
        : error.Code == ErrorCode.TopicAuthorizationFailed ? $"Topic {topic} of Kafka at {_options.BootstrapServers} may not be read by this node; permit it. It is looked for each second."
        : Sentence(error);

    private string Sentence(Error error)
    {
        if (_refusal is { } refusal)
            return $"Kafka at {_options.BootstrapServers} does not let this node in: {refusal.Reason.TrimEnd('.')}; {KafkaRefusal.Remedy(refusal)}. It is asked again each second.";
        // A listener of another protocol just hangs up, like one that is down.
        var hint = error.Code == ErrorCode.Local_Transport ? " If it is up and asks for TLS or a password, set security.protocol in kafka.client." : "";
        return $"Kafka at {_options.BootstrapServers} does not serve its topics: {error.Reason.TrimEnd('.')} ({error.Code}). It is asked again each second.{hint}";
    }
}
