using System.Text.Json.Nodes;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Scenarios.Kafka;

/// <summary>Records of the <c>metrics</c> topic as other programs write them, and a <c>rules</c> topic that nobody has made yet.</summary>
[Collection(KafkaBroker.Shared)]
public sealed class KafkaRecordTests(ITestOutputHelper output)
{
    private const long LaterMs = 3_600_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _metrics = $"metrics-{Guid.NewGuid():N}";
    private readonly string _rules = $"rules-{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task An_unreadable_record_is_a_dead_letter_with_reason_and_position_and_the_next_one_without_ts_alarms_at_its_own_timestamp()
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await using var discord = await WebhookStandIn.StartAsync();
        await kafka.MakeTopicAsync(_metrics, 1);
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, metrics: 1, webhooks: 1);
            // Ahead of every clock, so that the time can only be the record's.
            var ownMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + LaterMs;
            await ProduceAsync(kafka, "{\"value\":", ownMs);
            await ProduceAsync(kafka, """{"value": 501}""", ownMs + 1);
            await ProduceAsync(kafka, $$"""{"value": 502, "ts": {{ownMs + LaterMs}}}""", ownMs + 2);
            await Until.HoldsAsync(() => Task.FromResult(discord.Count == 2), Patience, () => $"{discord.Count} of 2 alarms have arrived.");

            var letters = (await cluster.AskAnyAsync("/pbm/dead-letters"))!;
            var letter = Assert.Single(letters["letters"]!.AsArray())!;
            output.WriteLine(letter.ToJsonString());
            Assert.Equal(1, Assert.Single(letters["counts"]!.AsObject()).Value!.GetValue<int>());
            Assert.NotEmpty((string)letter["reason"]!);
            Assert.Contains("metrics.1/0@0", (string)letter["id"]!, StringComparison.Ordinal);
            var alarms = (await cluster.AskAnyAsync("/pbm/alarms"))!.AsArray();
            Assert.Equal([(501, ownMs + 1), (502, ownMs + LaterMs)], alarms.Select(a => ((int)a!["value"]!, (long)a["time_ms"]!)).Order());
        }, more: ArgumentsOf(kafka));
    }

    [SkippableFact]
    public async Task A_missing_rules_topic_is_made_compacted_and_a_tag_given_as_name_colon_value_reaches_the_record()
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await LocalCluster.RunAsync(output, 1, "discord.com", async _ =>
        {
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.Bootstrap }).Build();
            var described = await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = _rules }]);
            Assert.Equal("compact", described[0].Entries["cleanup.policy"].Value);

            using var emulator = ActorStreamProcess.Start(["emulate", "constant", "a", "501", "0.01", "machine_id:12354", "--count", "1", "--kafka", kafka.Bootstrap, "--topic", _metrics]);
            Assert.True(await emulator.EndedAsync(Patience) == 0, emulator.Printed);
            var record = Assert.Single(await kafka.ConsumeAsync(_metrics, 1)).Split('\t');
            Assert.Equal("a", record[0]);
            Assert.Equal("12354", (string)JsonNode.Parse(record[1])!["tags"]!["machine_id"]!);
        }, more: ArgumentsOf(kafka));
    }

    [SkippableFact]
    public async Task Partitions_that_are_added_while_a_node_runs_are_read_from_their_beginning()
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await using var discord = await WebhookStandIn.StartAsync();
        await kafka.MakeTopicAsync(_metrics, 1);
        await kafka.MakeTopicAsync(_rules, 1);
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, metrics: 1, webhooks: 1);
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.Bootstrap }).Build();
            await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = _metrics, IncreaseTo = 3 }, new PartitionsSpecification { Topic = _rules, IncreaseTo = 2 }]);
            var (rule, nowMs) = (Guid.NewGuid(), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            await ProduceAsync(kafka, """{"value": 600}""", nowMs, partition: 2);
            await ProduceAsync(kafka, _rules, 1, $"{rule}", $$"""{"id":"{{rule}}","metric_name":"{{RuleSet.MetricName(1)}}","threshold":500,"discord_webhook_url":"{{discord.WebhookUrl(0)}}"}""", nowMs);

            await Until.HoldsAsync(() => Task.FromResult(discord.Deliveries.Any(d => d.Value == "600")), Patience, () => "The sample on the added partition does not alarm.");
            await Until.HoldsAsync(async () => (await cluster.AskAnyAsync("/pbm/rules"))?.AsArray().Any(r => (string)r!["id"]! == $"{rule}") == true, Patience, () => "The rule on the added partition is not there.");
        }, more: ArgumentsOf(kafka));
    }

    private IReadOnlyList<string> ArgumentsOf(KafkaBroker kafka) => ["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", _metrics, "--kafka-rules-topic", _rules];

    private Task ProduceAsync(KafkaBroker kafka, string value, long timeMs, int partition = 0) => ProduceAsync(kafka, _metrics, partition, RuleSet.MetricName(0), value, timeMs);

    private static async Task ProduceAsync(KafkaBroker kafka, string topic, int partition, string key, string value, long timeMs)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = kafka.Bootstrap }).Build();
        await producer.ProduceAsync(new TopicPartition(topic, partition), new Message<string, string> { Key = key, Value = value, Timestamp = new Timestamp(timeMs, TimestampType.CreateTime) });
    }
}
