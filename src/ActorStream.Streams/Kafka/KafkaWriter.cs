using System.Buffers;
using System.Globalization;
using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Writes results to a topic of the brokers, each once for readers of committed records: a chunk is a transaction, and each record carries its position.</summary>
/// <remarks>
/// 1. The first write takes over the transactional id: a writer that was thought dead can commit no more, and what it left open is aborted.
/// 2. The topic's tail is read back: it tells the last position that was committed there. 3. What is there is skipped, the rest is written, the row moves on.
/// The id is <c>actorstream-{cluster}/{pipeline}/{sink}</c>. Headers: <c>result_id</c>, <c>revision</c>, <c>position</c>, <c>sink</c>.
/// </remarks>
internal sealed class KafkaWriter(PartitionId partition, KafkaOptions options, string topic, string transactionalId, ICommitStore commits, IDeadLetterStore letters) : IChunkWriter
{
    private static readonly TimeSpan InitPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(20);

    private readonly string _sink = partition.ToString();
    private readonly ArrayBufferWriter<byte> _line = new(1 << 10);
    private IProducer<byte[], byte[]>? _producer;
    private long _last = PartitionId.None;
    private int _partitions;

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        var unreadable = new List<DeadLetterEntry>();
        // Every call of a transactional producer blocks: not on the readers' threads.
        var records = await Task.Factory.StartNew(() => Write(chunk, unreadable), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (unreadable.Count > 0)
            await letters.AddAsync(unreadable).ConfigureAwait(false);
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next, Counters = row.Counters + new ReaderCounters(records, records - unreadable.Count, 0, unreadable.Count) };
        return (await commits.CommitAsync(partition, next).ConfigureAwait(false), next);
    }

    public void Dispose() => _producer?.Dispose();

    /// <returns>Records of the chunk.</returns>
    private int Write(TopicChunk chunk, List<DeadLetterEntry> unreadable)
    {
        try
        {
            var producer = _producer ?? Open();
            var messages = new List<Message<byte[], byte[]>>();
            var records = Read(chunk, messages, unreadable);
            if (messages.Count == 0)
                return records;
            producer.BeginTransaction();
            foreach (var message in messages)
                Produce(producer, message);
            producer.CommitTransaction(CommitPatience);
            return records;
        }
        catch (KafkaException e)
        {
            throw new ReaderAnomalyException($"Kafka did not take results for topic {topic}: {e.Error.Reason}");
        }
    }

    private IProducer<byte[], byte[]> Open()
    {
        var config = (options with { TransactionalId = transactionalId }).Producer(isTransactional: true);
        _producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _producer.InitTransactions(InitPatience);
        (_last, _partitions) = new KafkaTail(options, topic, _sink).Read();
        return _producer;
    }

    private int Read(TopicChunk chunk, List<Message<byte[], byte[]>> messages, List<DeadLetterEntry> unreadable)
    {
        var read = 0;
        foreach (var batch in chunk.Batches)
        {
            var records = new RecordCursor(batch, chunk.Columns);
            while (records.Next())
            {
                if (records.Offset < chunk.From)
                    continue;
                read++;
                if (records.Offset > _last)
                    Add(records, messages, unreadable);
            }
        }
        return read;
    }

    private void Add(RecordCursor record, List<Message<byte[], byte[]>> messages, List<DeadLetterEntry> unreadable)
    {
        try
        {
            var result = ResultReader.Read(record.Value);
            _line.ResetWrittenCount();
            ResultJson.WithProcessingTime(record.Value, record.AppendTimeMs, _line);
            // Without the newline of a file.
            messages.Add(new Message<byte[], byte[]> { Key = record.Key.ToArray(), Value = _line.WrittenSpan[..^1].ToArray(), Headers = HeadersOf(result, record.Offset) });
        }
        catch (InvalidDataException e)
        {
            unreadable.Add(new DeadLetterEntry($"{partition}@{record.Offset}", "unreadable", _sink, record.AppendTimeMs, e.Message, Excerpt.Of(record.Value)));
        }
    }

    private Headers HeadersOf(ResultRecord result, long offset) => new()
    {
        { "result_id", Encoding.UTF8.GetBytes(result.Id) },
        { "revision", Encoding.UTF8.GetBytes(result.Revision.ToString(CultureInfo.InvariantCulture)) },
        { KafkaTail.PositionHeader, Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture)) },
        { KafkaTail.SinkHeader, Encoding.UTF8.GetBytes(_sink) },
    };

    private void Produce(IProducer<byte[], byte[]> producer, Message<byte[], byte[]> message)
    {
        var to = new TopicPartition(topic, options.Partitioner == KafkaPartitioner.Ours ? StableHash.Bucket(message.Key, _partitions) : Partition.Any);
        while (true)
        {
            try
            {
                producer.Produce(to, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }
    }
}
