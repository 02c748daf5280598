using System.Threading.Channels;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Produces the bodies of <c>POST /metrics</c>: one body is one transaction; what waits while one is committed shares the next.</summary>
/// <remarks>Whatever fails before the commit is sent is certainly not appended. A transaction of a node that died is aborted by the broker within ten seconds, or by the node's next start.</remarks>
internal sealed class KafkaAppends : IAsyncDisposable
{
    private const int WaitingMax = 10_000;
    private const int TogetherMax = 256;
    private const int TogetherBytesMax = 4 << 20;

    private static readonly TimeSpan InitPatience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(5);

    private readonly KafkaOptions _options;
    private readonly KafkaWatch _watch;
    private readonly Channel<Body> _waiting = Channel.CreateBounded<Body>(WaitingMax);
    private readonly Task _running;
    private IProducer<byte[], byte[]>? _producer;

    public KafkaAppends(KafkaOptions options, KafkaWatch watch)
    {
        (_options, _watch) = (options, watch);
        // Every call of a transactional producer blocks: a thread of its own.
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Completes when durable. The batches' memory is read until then.</summary>
    /// <exception cref="StorageUnavailableException">Certainly not appended.</exception>
    /// <exception cref="OutcomeUnknownException">The commit was sent and not answered.</exception>
    public async Task AppendAsync(IReadOnlyList<NewBatch> batches, CancellationToken cancel)
    {
        if (_watch.Health.Why is { } why)
            throw new StorageUnavailableException(why);
        var body = new Body(batches);
        if (!_waiting.Writer.TryWrite(body))
            throw new StorageUnavailableException($"{WaitingMax} bodies wait for Kafka already; send this one again later.");
        await body.Done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _running.ConfigureAwait(false);
        Forget();
    }

    private void Run()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            var bodies = TakeTogether();
            try
            {
                Append(bodies);
                bodies.ForEach(b => b.Done.TrySetResult());
            }
            catch (Exception e) when (e is StorageUnavailableException or OutcomeUnknownException)
            {
                bodies.ForEach(b => b.Done.TrySetException(e));
            }
        }
    }

    private List<Body> TakeTogether()
    {
        var bodies = new List<Body>();
        for (var bytes = 0; bodies.Count < TogetherMax && bytes < TogetherBytesMax && _waiting.Reader.TryRead(out var body); bytes += body.Bytes)
            bodies.Add(body);
        return bodies;
    }

    private void Append(List<Body> bodies)
    {
        IProducer<byte[], byte[]> producer;
        try
        {
            producer = Producer();
            producer.BeginTransaction();
            foreach (var batch in bodies.SelectMany(b => b.Batches))
                Produce(producer, batch);
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException)
        {
            Forget();
            throw new StorageUnavailableException($"Kafka does not take the samples: {e.Message.TrimEnd('.')}. Nothing of them was stored.", e);
        }
        Commit(producer);
    }

    private void Produce(IProducer<byte[], byte[]> producer, NewBatch batch)
    {
        var records = new RecordBatchReader(batch.Blob.Span);
        while (records.Next())
        {
            var to = new TopicPartition(_options.MetricsTopic, PartitionOf(records.Key));
            var message = new Message<byte[], byte[]> { Key = records.Key.ToArray(), Value = records.IsNull ? null! : records.Value.ToArray() };
            while (!TryProduce(producer, to, message))
                producer.Poll(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>False: the producer's queue is full.</summary>
    private static bool TryProduce(IProducer<byte[], byte[]> producer, TopicPartition to, Message<byte[], byte[]> message)
    {
        try
        {
            producer.Produce(to, message);
            return true;
        }
        catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private Partition PartitionOf(ReadOnlySpan<byte> key) =>
        _options.Partitioner == KafkaPartitioner.Ours && _watch.Metrics is { } topic ? StableHash.Bucket(key, topic.Partitions.Count) : Partition.Any;

    private void Commit(IProducer<byte[], byte[]> producer)
    {
        try
        {
            producer.CommitTransaction(CommitPatience);
        }
        catch (KafkaTxnRequiresAbortException e)
        {
            Abort(producer);
            throw new StorageUnavailableException($"Kafka did not take the samples: {e.Error.Reason.TrimEnd('.')}. Nothing of them was stored.", e);
        }
        catch (KafkaException e)
        {
            Forget();
            throw new OutcomeUnknownException($"Kafka did not answer the commit of the samples: {e.Error.Reason}", e);
        }
    }

    private void Abort(IProducer<byte[], byte[]> producer)
    {
        try
        {
            producer.AbortTransaction(AbortPatience);
        }
        catch (KafkaException)
        {
            // What was not committed is aborted by the next producer of this id, or by time.
            Forget();
        }
    }

    private IProducer<byte[], byte[]> Producer()
    {
        if (_producer is not null)
            return _producer;
        _producer = new ProducerBuilder<byte[], byte[]>(_options.Producer(isTransactional: true)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _producer.InitTransactions(InitPatience);
        return _producer;
    }

    private void Forget()
    {
        _producer?.Dispose();
        _producer = null;
    }

    private sealed record Body(IReadOnlyList<NewBatch> Batches)
    {
        public int Bytes { get; } = Batches.Sum(b => b.Blob.Length);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
