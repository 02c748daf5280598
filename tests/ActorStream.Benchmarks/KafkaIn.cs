using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Topics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Benchmarks;

/// <summary>Kafka in to alarm decision and commit, beside a bare consume loop over the same records in the same run.</summary>
internal static class KafkaIn
{
    private const int Partitions = 4;
    private const int Metrics = 1_000;

    public static async Task<IReadOnlyList<Row>> RunAsync(long samples)
    {
        if (Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP") is not { Length: > 0 } servers)
            return [new Row("Kafka in -> alarm decision", "not run", "set KAFKA_BOOTSTRAP to a broker")];
        var (metrics, rules) = ($"bench-metrics-{Guid.NewGuid():N}", $"bench-rules-{Guid.NewGuid():N}");
        await using var sink = await WebhookSink.StartAsync();
        await FillAsync(servers, metrics, rules, samples, sink.Url(0));
        var bare = BareLoop(servers, metrics, samples);
        var startAt = Stopwatch.GetTimestamp();
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", sink.Host, more: new Dictionary<string, IReadOnlyList<string>>
        {
            ["actorstream.topics.backend"] = ["kafka"],
            ["actorstream.kafka.bootstrap-servers"] = [servers],
            ["actorstream.kafka.metrics-topic"] = [metrics],
            ["actorstream.kafka.rules-topic"] = [rules],
        });
        // The node's start is a row of its own; what was committed meanwhile does not count.
        while (AlarmThroughput.Committed(node.Storage) == 0)
            await Task.Delay(1);
        var (before, readAt, cpu) = (AlarmThroughput.Committed(node.Storage), Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        while (AlarmThroughput.Committed(node.Storage) < samples)
            await Task.Delay(20);
        var (all, took) = (Stopwatch.GetElapsedTime(startAt), Stopwatch.GetElapsedTime(readAt));
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var perSecond = (samples - before) / took.TotalSeconds;
        return
        [
            new Row("Kafka, bare consume loop", $"{bare.PerSecond:N0} records/s", $"{samples:N0} records of 30 bytes in {Partitions} partitions, one consumer and thread each with the node's client settings, every key and value received and dropped; {bare.CpuMicros:0.00} µs of CPU a record, the broker beside it on the same cores"),
            new Row("Kafka in -> alarm decision, committed", $"{perSecond:N0} samples/s, {perSecond / bare.PerSecond:P0} of the bare loop", $"the same records, from the first commit (of {before:N0}) to the last, {Metrics:N0} metrics with a rule each, 0.1 % alarming; {took.TotalSeconds:0.0} s, {cpu / took:0.00} cores of the node's process, {cpu.TotalMicroseconds / (samples - before):0.00} µs of CPU a sample"),
            new Row("the same with the node's start", $"{samples / all.TotalSeconds:N0} samples/s", $"from the call to start (ready after {node.Ready.TotalSeconds:0.0} s) to the last commit; {all.TotalSeconds:0.0} s"),
        ];
    }

    /// <summary>Rules first, so that they judge every sample.</summary>
    private static async Task FillAsync(string servers, string metrics, string rules, long samples, string webhook)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = metrics, NumPartitions = Partitions }, new TopicSpecification { Name = rules, NumPartitions = 1, Configs = new() { ["cleanup.policy"] = "compact" } }]);
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = servers, LingerMs = 20, BatchSize = 1 << 20, QueueBufferingMaxMessages = 500_000 }).Build();
        for (var metric = 0; metric < Metrics; metric++)
        {
            var rule = new Rule(Guid.NewGuid(), Workload.Metric(metric), 1_000_000, "1000000", ComparisonOperator.Greater, webhook);
            producer.Produce(rules, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(rule.Id.ToString()), Value = RuleJson.Write(rule) });
        }
        producer.Flush();
        var keys = Enumerable.Range(0, Metrics).Select(m => Encoding.UTF8.GetBytes(Workload.Metric(m))).ToArray();
        for (long i = 0; i < samples; i++)
        {
            var value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"value":{{((i * 7) % 1_000 == 0 ? 1_000_001 : 100 + (i % 900))}}}"""));
            while (true)
            {
                try
                {
                    producer.Produce(metrics, new Message<byte[], byte[]> { Key = keys[i % Metrics], Value = value });
                    break;
                }
                catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Poll(TimeSpan.FromMilliseconds(10));
                }
            }
        }
        producer.Flush();
    }

    /// <summary>The settings of the node's own consumers: with librdkafka's defaults a full queue pauses fetching for a second, and the loop would look slower than it is.</summary>
    private static ConsumerConfig BareConfig(string servers) => new()
    {
        BootstrapServers = servers, GroupId = "bench-bare", EnableAutoCommit = false, EnableAutoOffsetStore = false, IsolationLevel = IsolationLevel.ReadCommitted,
        ConsumeResultFields = "timestamp", QueuedMaxMessagesKbytes = 16_384, FetchQueueBackoffMs = 5,
    };

    private static (double PerSecond, double CpuMicros) BareLoop(string servers, string topic, long samples)
    {
        var left = samples;
        var ended = 0L;
        var (started, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        var threads = Enumerable.Range(0, Partitions).Select(partition => new Thread(() =>
        {
            using var consumer = new ConsumerBuilder<byte[], byte[]>(BareConfig(servers)).Build();
            consumer.Assign(new TopicPartitionOffset(topic, partition, 0));
            while (Interlocked.Read(ref left) > 0)
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is not null && Interlocked.Decrement(ref left) == 0)
                    Volatile.Write(ref ended, Stopwatch.GetTimestamp());
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return (samples / Stopwatch.GetElapsedTime(started, ended).TotalSeconds, cpu.TotalMicroseconds / samples);
    }
}
