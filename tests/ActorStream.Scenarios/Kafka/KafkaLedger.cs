using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Confluent.Kafka;

namespace ActorStream.Scenarios.Kafka;

/// <summary>What lies on a metrics topic in Kafka, read by a plain consumer, and what the rules demand of it.</summary>
/// <param name="Samples">How often each sample is there.</param>
internal sealed record KafkaLedger(IReadOnlyDictionary<long, int> Samples, IReadOnlyList<BookedAlarm> Due)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static KafkaLedger Read(string bootstrap, string topic, int partitions, IReadOnlyList<Rule> rules)
    {
        var json = new SampleJson(new SeriesInterner());
        var byMetric = rules.ToLookup(r => r.MetricName, StringComparer.Ordinal);
        var samples = new Dictionary<long, int>();
        var due = new List<BookedAlarm>();
        foreach (var record in RecordsOf(bootstrap, topic, partitions))
        {
            Assert.True(json.TryRead(record.Message.Value, out var sample, out var why), why.Sentence);
            var number = SampleLoad.SampleOf(sample.Value);
            samples[number] = samples.GetValueOrDefault(number) + 1;
            foreach (var rule in byMetric[Encoding.UTF8.GetString(record.Message.Key)].Where(r => r.Operator == ComparisonOperator.Greater ? sample.Value > r.Threshold : sample.Value >= r.Threshold))
                due.Add(new BookedAlarm($"{rule.Id:N}-1-{record.Partition.Value}-{record.Offset.Value}", rule.MetricName, sample.Value.ToString(CultureInfo.InvariantCulture), rule.WebhookUrl));
        }
        return new KafkaLedger(samples, due);
    }

    /// <summary>History and deliveries hold exactly what is due; nothing was refused.</summary>
    public async Task CheckAsync(LocalCluster cluster, WebhookStandIn discord)
    {
        Assert.NotEmpty(Due);
        await using var storage = await cluster.OpenStorageAsync(TopicNames.Metrics);
        Assert.Empty(storage.DeadLetters.Counts());
        CheckSame(storage.History.List(new AlarmQuery(Limit: int.MaxValue)).Select(a => Ledger.Booked(a.Alarm)));
        CheckSame(discord.Deliveries.DistinctBy(d => d.Id).Select(d => new BookedAlarm(d.Id, d.Metric, d.Value, d.WebhookUrl)));
    }

    public static async Task<IReadOnlyList<Rule>> RulesOfAsync(LocalCluster cluster)
    {
        await using var storage = await cluster.OpenStorageAsync(TopicNames.Metrics);
        return [.. storage.Compacted.ChangesAfter(TopicNames.Rules, PartitionId.None).Select(r => RuleJson.Parse(r.Value!.Value.Span, null).Rule!)];
    }

    private void CheckSame(IEnumerable<BookedAlarm> found) => Assert.Equal(Due.OrderBy(a => a.Id, StringComparer.Ordinal), found.OrderBy(a => a.Id, StringComparer.Ordinal));

    private static IEnumerable<ConsumeResult<byte[], byte[]>> RecordsOf(string bootstrap, string topic, int partitions)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap, GroupId = $"ledger-{Guid.NewGuid():N}", EnableAutoCommit = false, EnablePartitionEof = true, IsolationLevel = IsolationLevel.ReadCommitted,
        }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        for (var ends = 0; ends < partitions;)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"Topic {topic} cannot be read to its end.");
            if (result.IsPartitionEOF)
                ends++;
            else
                yield return result;
        }
    }
}
