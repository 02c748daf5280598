using System.Globalization;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using Confluent.Kafka;

namespace ActorStream.Scenarios.Kafka;

/// <summary>Nodes and real brokers are killed under load; the alarms are those a plain loop finds on the topic.</summary>
/// <remarks><c>ACTORSTREAM_KAFKA_SAMPLES</c>: samples of the first test, 100,000 if not set; 1,000,000 is the long form.</remarks>
[Collection(Alone.Name)]
public sealed class KafkaFaultTests(ITestOutputHelper output)
{
    private const string Group = $"actorstream-{LocalCluster.Name}-alarms";
    private const string Metrics = "metrics";
    private const int MetricCount = 200;
    private const int Partitions = 6;
    private const int AlarmEvery = 100;
    private const int SamplesUsual = 100_000;
    private const int SamplesPerTick = 2_000;
    private const int PostedPerSecond = 3_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    [SkippableFact]
    public async Task A_killed_node_and_a_killed_broker_neither_lose_nor_repeat_an_alarm_and_the_lag_returns_to_0()
    {
        await using var kafka = await KafkaBroker.StartAsync();
        await using var discord = await WebhookStandIn.StartAsync();
        await kafka.MakeTopicAsync(Metrics, Partitions);
        var samples = Environment.GetEnvironmentVariable("ACTORSTREAM_KAFKA_SAMPLES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : SamplesUsual;
        await LocalCluster.RunAsync(output, 3, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, MetricCount, webhooks: 4);
            using var producer = new Samples(kafka.Bootstrap);

            await producer.SendAsync(samples / 3);
            // Not a further one: all may have arrived while the samples were sent.
            await Until.HoldsAsync(() => Task.FromResult(discord.Count > 0), Patience, () => "No alarm has arrived.");
            await cluster.Nodes[1].KillAsync();
            await producer.SendAsync(samples / 3);
            cluster.Nodes[1].Start();
            await cluster.Nodes[1].ReadyAsync();
            var going = producer.SendAsync(samples - 2 * (samples / 3));
            await kafka.KillAsync();
            await kafka.ReviveAsync();
            await going;
            producer.Flush();

            await AtRestAsync(kafka, discord, cluster, samples);
        }, more: ["--topics", "kafka", "--kafka", kafka.Bootstrap]);
    }

    [SkippableFact]
    public async Task One_of_three_brokers_is_killed_under_load_and_no_acknowledged_sample_is_lost()
    {
        await using var kafka = await KafkaBroker.StartAsync(nodes: 3);
        await using var discord = await WebhookStandIn.StartAsync();
        await kafka.MakeTopicAsync(Metrics, Partitions, replicas: 3);
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, MetricCount, webhooks: 4);
            await using var load = new SampleLoad(cluster, MetricCount, PostedPerSecond);
            load.Start();
            await FlowAsync(discord, 200);

            await kafka.KillAsync(node: 2);
            await FlowAsync(discord, 1_000);
            await kafka.ReviveAsync(node: 2);
            await FlowAsync(discord, 200);
            await load.StopAsync();

            var ledger = await AtRestAsync(kafka, discord, cluster, null);
            var unsure = load.Unsure;
            output.WriteLine($"{load.Acknowledged.Count} bodies acknowledged, of them sent again after a lost answer {unsure.Count}");
            foreach (var body in load.Acknowledged)
                Assert.All(SampleLoad.SamplesOf(body).Select(s => ledger.Samples.GetValueOrDefault(s)), times => Assert.True(unsure.Contains(body) ? times >= 1 : times == 1, $"A sample of body {body} is there {times} times."));
        }, more: ["--topics", "kafka", "--kafka", kafka.Bootstrap]);
    }

    /// <summary>Waits for lag 0 and all deliveries, ends the nodes, compares.</summary>
    /// <param name="samples">Sent, each of which must be there once.</param>
    private async Task<KafkaLedger> AtRestAsync(KafkaBroker kafka, WebhookStandIn discord, LocalCluster cluster, int? samples)
    {
        await Until.HoldsAsync(async () => await kafka.LagsAsync(Group, Metrics) is { Count: Partitions } lags && lags.All(l => l == 0), Patience, () => "There is lag left.");
        var ledger = KafkaLedger.Read(kafka.Bootstrap, Metrics, Partitions, await KafkaLedger.RulesOfAsync(cluster));
        output.WriteLine($"{ledger.Samples.Count} samples, {ledger.Due.Count} alarms due, {discord.Count} arrived");
        if (samples is { } sent)
            Assert.Equal(Enumerable.Range(0, sent).Select(s => (long)s), ledger.Samples.Where(s => s.Value == 1).Select(s => s.Key).Order());
        await Until.HoldsAsync(() => Task.FromResult(discord.Count >= ledger.Due.Count), Patience, () => $"{discord.Count} of {ledger.Due.Count} alarms have arrived.");
        Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
        await ledger.CheckAsync(cluster, discord);
        return ledger;
    }

    private static Task FlowAsync(WebhookStandIn discord, int alarms)
    {
        var until = discord.Count + alarms;
        return Until.HoldsAsync(() => Task.FromResult(discord.Count >= until), Patience, () => $"{until - discord.Count} of {alarms} further alarms have not arrived.");
    }

    /// <summary>Numbered samples straight to Kafka at a steady pace; none is given up while a broker is away.</summary>
    private sealed class Samples(string bootstrap) : IDisposable
    {
        private readonly IProducer<string, string> _producer = new ProducerBuilder<string, string>(new ProducerConfig
        {
            BootstrapServers = bootstrap, EnableIdempotence = true, Acks = Acks.All, MessageTimeoutMs = 0, QueueBufferingMaxMessages = 2_000_000,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

        private int _next;

        public async Task SendAsync(int count)
        {
            using var pace = new PeriodicTimer(Tick);
            for (var end = _next + count; _next < end; await pace.WaitForNextTickAsync())
                for (var last = Math.Min(end, _next + SamplesPerTick); _next < last; _next++)
                    _producer.Produce(Metrics, new Message<string, string> { Key = RuleSet.MetricName(_next % MetricCount), Value = ValueOf(_next) });
        }

        public void Flush() => Assert.Equal(0, _producer.Flush(Patience));

        public void Dispose() => _producer.Dispose();

        /// <summary>As <see cref="SampleLoad"/> numbers them.</summary>
        private static string ValueOf(int sample) =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"value":{{(sample / MetricCount % AlarmEvery == sample % MetricCount % AlarmEvery ? 1_000 + sample : -1 - sample)}}}""");
    }
}
