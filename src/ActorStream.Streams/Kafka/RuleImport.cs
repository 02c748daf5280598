using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Reads the whole <c>rules</c> topic of Kafka, then what is added, into the compacted topic in SQL, which gives one order to all nodes. Every node does it; who comes second changes nothing.</summary>
internal sealed class RuleImport : IAsyncDisposable
{
    private const int TogetherMax = 1_000;

    private static readonly TimeSpan WaitMost = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly KafkaOptions _options;
    private readonly KafkaWatch _watch;
    private readonly ICompactedTopic _rules;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, long> _imported = [];
    private readonly List<(int Partition, long Offset, TaskCompletionSource Reached)> _waiting = [];
    private readonly Task _running;
    private volatile bool _isComplete;
    private volatile string? _trouble;

    public RuleImport(KafkaOptions options, KafkaWatch watch, ICompactedTopic rules)
    {
        (_options, _watch, _rules) = (options, watch, rules);
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Null: the topic was read to its end once. Else a sentence.</summary>
    public string? WhyIncomplete => _isComplete ? null : _watch.Health.Why ?? _trouble ?? $"The topic {_options.RulesTopic} is not read to its end yet.";

    /// <summary>Completes when this record, or a later one, is in SQL.</summary>
    public Task Reached(int partition, long offset)
    {
        lock (_imported)
        {
            if (_imported.GetValueOrDefault(partition, -1) >= offset)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((partition, offset, reached));
            return reached.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_watch.Rules is { } topic)
                    Follow(topic.Partitions.Count);
                _trouble = null;
            }
            catch (Exception e) when (e is KafkaException or StorageUnavailableException or StorageFullException or OutcomeUnknownException)
            {
                _trouble = $"The topic {_options.RulesTopic} is read again from its beginning: {e.Message}";
            }
            _stop.Token.WaitHandle.WaitOne(_watch.Rules is null ? WaitMost : Again);
        }
    }

    /// <summary>Until it is stopped, or the topic has other partitions.</summary>
    private void Follow(int partitions)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(_options.Consumer(AutoOffsetReset.Earliest)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(_options.RulesTopic, p, Offset.Beginning)));
        var ends = new HashSet<int>();
        while (!_stop.IsCancellationRequested && _watch.Rules?.Partitions.Count == partitions)
        {
            Import(Gather(consumer, ends));
            _isComplete |= ends.Count == partitions;
        }
    }

    private static List<ConsumeResult<byte[], byte[]>> Gather(IConsumer<byte[], byte[]> consumer, HashSet<int> ends)
    {
        var records = new List<ConsumeResult<byte[], byte[]>>();
        for (var result = consumer.Consume(WaitMost); result is not null; result = records.Count < TogetherMax ? consumer.Consume(TimeSpan.Zero) : null)
        {
            if (result.IsPartitionEOF)
                ends.Add(result.Partition.Value);
            else
                records.Add(result);
        }
        return records;
    }

    private void Import(List<ConsumeResult<byte[], byte[]>> records)
    {
        if (records.Count == 0)
            return;
        var imported = records.Where(r => r.Message.Key is not null).Select(ToImported).ToArray();
        _rules.ImportAsync(TopicNames.Rules, imported, _stop.Token).GetAwaiter().GetResult();
        lock (_imported)
        {
            foreach (var record in records)
                _imported[record.Partition.Value] = record.Offset.Value;
            foreach (var (_, _, reached) in _waiting.Where(IsReached))
                reached.TrySetResult();
            _waiting.RemoveAll(IsReached);
        }
    }

    private bool IsReached((int Partition, long Offset, TaskCompletionSource Reached) waiting) => _imported.GetValueOrDefault(waiting.Partition, -1) >= waiting.Offset;

    /// <summary>An empty value is a deletion too.</summary>
    private static ImportedRecord ToImported(ConsumeResult<byte[], byte[]> record) => new(
        Encoding.UTF8.GetString(record.Message.Key), record.Message.Value is { Length: > 0 } value ? (ReadOnlyMemory<byte>?)value : null,
        record.Partition.Value, record.Offset.Value, Math.Max(0, record.Message.Timestamp.UnixTimestampMs));
}
