using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using static ActorStream.Streams.Kafka.Native.Librdkafka;

namespace ActorStream.Streams.Kafka.Native;

/// <summary>Takes what a consumed record holds; the spans are valid during the call.</summary>
internal interface IRecordTarget
{
    /// <param name="timeMs">The record's timestamp, epoch milliseconds; -1 if it has none.</param>
    void Add(long offset, long timeMs, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isNull);

    /// <summary>Everything below this offset was seen: the end of the partition.</summary>
    void Reached(long offset);
}

/// <summary>Consumes one assigned partition in batches: one call for up to a thousand records and no object per record, a third of the cost of asking for them one by one.</summary>
/// <remarks>Used by one thread. Never commits and is never rebalanced: where to read is the caller's decision.</remarks>
internal sealed unsafe class BatchConsumer : IDisposable
{
    private const int BatchMax = 1_024;
    private const int ErrorBytes = 512;
    private const int ConsumerType = 1;
    private const int DestroyWithoutClose = 0x8;

    /// <summary>Settings of the .NET client itself, which the library does not know.</summary>
    private const string ManagedPrefix = "dotnet.";

    private readonly Message*[] _messages = new Message*[BatchMax];
    private nint _client;
    private nint _queue;

    /// <exception cref="InvalidOperationException">A setting the library refuses; names it, never its value, which may be a secret.</exception>
    /// <exception cref="KafkaException">The partition could not be assigned.</exception>
    public BatchConsumer(IEnumerable<KeyValuePair<string, string>> config, TopicPartitionOffset from)
    {
        _client = NewClient(config);
        try
        {
            Check(rd_kafka_poll_set_consumer(_client));
            _queue = rd_kafka_queue_get_consumer(_client);
            Assign(from);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for a record, then takes those that are there, up to <paramref name="max"/>.</summary>
    /// <returns>How many records and ends of the partition were taken; 0 when nothing came in time.</returns>
    /// <exception cref="KafkaException">What the broker or the library says in place of a record.</exception>
    public int Take(int max, TimeSpan wait, IRecordTarget into)
    {
        // A batch is waited for until it is full: the first record is asked for alone, so that it never waits for others.
        var first = TakeBatch(1, (int)wait.TotalMilliseconds, into);
        return first == 0 || max <= 1 ? first : first + TakeBatch(Math.Min(max - 1, BatchMax), 0, into);
    }

    public void Dispose()
    {
        if (_queue != 0)
            rd_kafka_queue_destroy(_queue);
        if (_client != 0)
            rd_kafka_destroy_flags(_client, DestroyWithoutClose);
        (_queue, _client) = (0, 0);
    }

    private int TakeBatch(int max, int waitMs, IRecordTarget into)
    {
        fixed (Message** messages = _messages)
        {
            var count = (int)rd_kafka_consume_batch_queue(_queue, waitMs, messages, (nuint)max);
            if (count < 0)
                Check(rd_kafka_last_error());
            var error = ErrorCode.NoError;
            for (var i = 0; i < count; i++)
            {
                var message = messages[i];
                // What follows an error is not handed over: it would leave a hole where the error was.
                if (error == ErrorCode.NoError)
                    error = Hand(message, into);
                rd_kafka_message_destroy(message);
            }
            Check(error);
            return count;
        }
    }

    private static ErrorCode Hand(Message* message, IRecordTarget into)
    {
        if (message->Error == ErrorCode.Local_PartitionEOF)
        {
            into.Reached(message->Offset);
            return ErrorCode.NoError;
        }
        if (message->Error != ErrorCode.NoError)
            return message->Error;
        int type;
        into.Add(message->Offset, rd_kafka_message_timestamp(message, &type), message->KeyBytes, message->PayloadBytes, message->IsNull);
        return ErrorCode.NoError;
    }

    private void Assign(TopicPartitionOffset from)
    {
        var list = rd_kafka_topic_partition_list_new(1);
        try
        {
            rd_kafka_topic_partition_list_add(list, from.Topic, from.Partition.Value);
            Check(rd_kafka_topic_partition_list_set_offset(list, from.Topic, from.Partition.Value, from.Offset.Value));
            Check(rd_kafka_assign(_client, list));
        }
        finally
        {
            rd_kafka_topic_partition_list_destroy(list);
        }
    }

    private static nint NewClient(IEnumerable<KeyValuePair<string, string>> config)
    {
        var error = stackalloc byte[ErrorBytes];
        var conf = rd_kafka_conf_new();
        // Without it the library writes to stderr; the state of the brokers is watched and shown elsewhere.
        rd_kafka_conf_set_log_cb(conf, 0);
        foreach (var (name, value) in config)
        {
            if (name.StartsWith(ManagedPrefix, StringComparison.Ordinal) || rd_kafka_conf_set(conf, name, value, error, ErrorBytes) == 0)
                continue;
            rd_kafka_conf_destroy(conf);
            throw new InvalidOperationException($"Kafka setting {name} is refused; see the list of settings of librdkafka for its name and values.");
        }
        var client = rd_kafka_new(ConsumerType, conf, error, ErrorBytes);
        if (client != 0)
            return client;
        rd_kafka_conf_destroy(conf);
        throw new InvalidOperationException($"No Kafka consumer could be made: {Text(error)}");
    }

    private static void Check(ErrorCode error)
    {
        if (error != ErrorCode.NoError)
            throw new KafkaException(new Error(error, Text(rd_kafka_err2str(error))));
    }

    private static string Text(byte* utf8) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(utf8));
}
