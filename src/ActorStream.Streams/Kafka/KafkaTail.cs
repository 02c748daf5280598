using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Reads back what a sink has written to a topic of the brokers: the position is with the data (protocol.md rule 29).</summary>
internal sealed class KafkaTail(KafkaOptions options, string topic, string sink)
{
    /// <summary>Header of each record: which sink wrote it.</summary>
    public const string SinkHeader = "sink";

    /// <summary>Header of each record: its offset in the results topic.</summary>
    public const string PositionHeader = "position";

    /// <summary>Offsets looked at first in each partition; ten times as many while none of them is this sink's.</summary>
    private const long LookBackMin = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The greatest position this sink has written and committed, <see cref="PartitionId.None"/> if none; and how many partitions there are.</returns>
    /// <exception cref="ReaderAnomalyException">The topic is missing, or the brokers do not answer in time.</exception>
    public (long Last, int Partitions) Read()
    {
        var config = options.Consumer(AutoOffsetReset.Error);
        config.ConsumeResultFields = "headers";
        try
        {
            using var consumer = new ConsumerBuilder<Ignore, Ignore>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
            var partitions = PartitionsBy(consumer);
            return (Enumerable.Range(0, partitions).Max(p => LastIn(consumer, new TopicPartition(topic, p))), partitions);
        }
        catch (KafkaException e)
        {
            throw new ReaderAnomalyException($"Topic {topic} of Kafka cannot be read back: {e.Error.Reason}");
        }
    }

    private int PartitionsBy(IConsumer<Ignore, Ignore> consumer)
    {
        // A consumer's question does not make the topic.
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var known = admin.GetMetadata(topic, Patience).Topics.FirstOrDefault(t => t.Topic == topic && !t.Error.IsError);
        return known is { Partitions.Count: > 0 } ? known.Partitions.Count : throw new ReaderAnomalyException($"Topic {topic} is not there in Kafka; make it, with as many partitions as its readers want.");
    }

    private long LastIn(IConsumer<Ignore, Ignore> consumer, TopicPartition partition)
    {
        var ends = consumer.QueryWatermarkOffsets(partition, Patience);
        for (var back = LookBackMin; ends.High > ends.Low; back *= 10)
        {
            var from = Math.Max(ends.Low, ends.High - back);
            if (LastFrom(consumer, new TopicPartitionOffset(partition, from)) is var last && (last > PartitionId.None || from == ends.Low))
                return last;
        }
        return PartitionId.None;
    }

    private long LastFrom(IConsumer<Ignore, Ignore> consumer, TopicPartitionOffset from)
    {
        consumer.Assign(from);
        var last = PartitionId.None;
        while (true)
        {
            var result = consumer.Consume(Patience) ?? throw new ReaderAnomalyException($"Topic {topic} of Kafka cannot be read back: nothing came within {Patience.TotalSeconds:0} s");
            if (result.IsPartitionEOF)
                return last;
            if (TextOf(result.Message.Headers, SinkHeader) == sink && long.TryParse(TextOf(result.Message.Headers, PositionHeader), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
                last = Math.Max(last, position);
        }
    }

    private static string TextOf(Headers? headers, string name) => headers is not null && headers.TryGetLastBytes(name, out var value) ? Encoding.UTF8.GetString(value) : "";
}
