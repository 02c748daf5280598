using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Scenarios.Kafka;

/// <summary>A pipeline between two topics of Kafka, and a file.</summary>
/// <remarks><c>ACTORSTREAM_SEED</c>: repeats the events of a run.</remarks>
[Collection(KafkaBroker.Shared)]
public sealed class KafkaPipelineTests(ITestOutputHelper output)
{
    private const string Pipeline = "rooms";
    private const string Group = $"actorstream-{LocalCluster.Name}-pipeline.{Pipeline}";
    private const long SizeMs = 1_000;
    private const int DelayMs = 2_000;
    private const int Part = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _events = $"events-{Guid.NewGuid():N}";
    private readonly string _results = $"results-{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task Results_are_those_of_a_plain_loop_though_the_topic_came_late_a_node_was_killed_and_a_partition_was_added()
    {
        var seed = Environment.GetEnvironmentVariable("ACTORSTREAM_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"ACTORSTREAM_SEED={seed}");
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        var folder = Directory.CreateTempSubdirectory("actorstream-kafka-pipeline-").FullName;
        await kafka.MakeTopicAsync(_results, 2);
        await LocalCluster.RunAsync(output, 3, "discord.com", async cluster =>
        {
            // Missing: said in words, nobody ends, nobody makes it.
            await Until.HoldsAsync(async () => await DetailAsync(cluster.Nodes[0]) is { } detail && detail.Contains($"Topic {_events} is not there", StringComparison.Ordinal), Patience, () => "The status does not name the topic.");
            await kafka.MakeTopicAsync(_events, 2);
            var load = new Load(kafka.Bootstrap, _events, seed);

            load.Send(Part, partitions: 2);
            await Until.HoldsAsync(async () => await CommittedAsync(kafka) > 0, Patience, () => "No result has come.");
            Assert.Null(await DetailAsync(cluster.Nodes[0]));
            await cluster.Nodes[1].KillAsync();
            load.Send(Part, partitions: 2);
            cluster.Nodes[1].Start();
            await cluster.Nodes[1].ReadyAsync();
            using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.Bootstrap }).Build())
                await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = _events, IncreaseTo = 3 }]);
            foreach (var node in cluster.Nodes)
                await Until.HoldsAsync(async () => await PartitionsAsync(node) is { Count: 3 }, Patience, () => $"Node {node.Number} does not see the partition that was added.");
            load.Send(Part, partitions: 3);
            load.Close();

            var (expected, books) = PlainWindows.Fixed(load.Sent, "tumbling", SizeMs, SizeMs, DelayMs);
            await Until.HoldsAsync(async () => await CommittedAsync(kafka) >= expected.Count, Patience, () => $"{Committed(kafka).Count} of {expected.Count} results have come.");
            await Until.HoldsAsync(async () => await kafka.LagsAsync(Group, _events) is { Count: 3 } lags && lags.All(l => l == 0), Patience, () => "There is lag left.");
            Assert.All(await PartitionsAsync(cluster.Nodes[0]), name => Assert.StartsWith($"{Pipeline}/kafka:{_events}/", name, StringComparison.Ordinal));
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));

            output.WriteLine($"{load.Sent.Sum(p => p.Count)} events, {expected.Count} windows, {books.LateRejected} late");
            Assert.True(books.LateRejected > 0, "The load holds late events.");
            var inKafka = Path.Combine(folder, "kafka.jsonl");
            await File.WriteAllLinesAsync(inKafka, Committed(kafka));
            foreach (var file in new[] { ResultLog.OfFile(inKafka), ResultLog.OfFile(OutputOf(folder)) })
            {
                Assert.Equal(expected.OrderBy(w => w.Key, StringComparer.Ordinal), file.Final.OrderBy(w => w.Key, StringComparer.Ordinal));
                Assert.Equal(expected.Count, file.Lines);
            }
        }, more: ["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", $"metrics-{Guid.NewGuid():N}", "--kafka-rules-topic", $"rules-{Guid.NewGuid():N}", "--pipeline", Write(folder)]);
        Directory.Delete(folder, recursive: true);
    }

    private string Write(string folder)
    {
        var path = Path.Combine(folder, $"{Pipeline}.conf");
        File.WriteAllText(path, $$"""
            pipeline {
              id = {{Pipeline}}
              source { type = kafka, topic = {{_events}} }
              windows = [{ type = tumbling, size_ms = {{SizeMs}} }]
              watermark { delay_ms = {{DelayMs}}, idle_timeout_ms = 600000 }
              sinks = [{ type = kafka, name = there, target = {{_results}} }, { type = file, name = out, target = "{{OutputOf(folder)}}" }]
              key_groups = 8
            }
            """);
        return path;
    }

    private static string OutputOf(string folder) => Path.Combine(folder, "out.jsonl");

    /// <summary>Null: nothing is wrong.</summary>
    private static async Task<string?> DetailAsync(NodeProcess node) => (string?)(await AskEdgeAsync(node, "/status"))?["detail"];

    /// <summary>Names of the source's partitions, as this node sees them.</summary>
    private static async Task<IReadOnlyList<string>> PartitionsAsync(NodeProcess node) =>
        await AskEdgeAsync(node, "/watermarks") is { } watermarks ? [.. watermarks["watermarks"]!.AsObject().Select(p => p.Key)] : [];

    private static async Task<JsonNode?> AskEdgeAsync(NodeProcess node, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        return JsonNode.Parse(await http.GetStringAsync(new Uri(node.HttpUrl, path)));
    }

    private Task<int> CommittedAsync(KafkaBroker kafka) => Task.Run(() => Committed(kafka).Count);

    private IReadOnlyList<string> Committed(KafkaBroker kafka) => kafka.Committed(_results, 2);

    /// <summary>Events of 50 keys, each key in one partition while their number stays; a few out of order, a few too late.</summary>
    private sealed class Load(string bootstrap, string topic, int seed)
    {
        private const int Keys = 50;
        private const int PerSecond = 2_000;

        private readonly long _startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;
        private readonly Random _random = new(seed);
        private long _number;

        /// <summary>By partition, in the order of the log.</summary>
        public List<LoggedEvent>[] Sent { get; } = [[], [], []];

        public void Send(int count, int partitions)
        {
            using var producer = Producer();
            for (var end = _number + count; _number < end; _number++)
            {
                var late = _random.Next(200) == 0 && Sent[_number % partitions].Count > Part / 10 ? 10_000 : _random.Next(1_900);
                var e = new LoggedEvent($"k{_random.Next(Keys)}", _startMs + (_number * 1_000 / PerSecond) - late, _random.Next(-50, 100));
                Sent[_number % partitions].Add(e);
                Produce(producer, (int)(_number % partitions), e);
            }
            Assert.Equal(0, producer.Flush(Patience));
        }

        /// <summary>Moves the time of every partition far beyond all windows; those of these events stay open and are no part of the comparison.</summary>
        public void Close()
        {
            using var producer = Producer();
            for (var partition = 0; partition < Sent.Length; partition++)
                Produce(producer, partition, new LoggedEvent("end", _startMs + 3_600_000, 0));
            Assert.Equal(0, producer.Flush(Patience));
        }

        /// <summary>One for each time: it would not see at once that the topic has more partitions.</summary>
        private IProducer<Null, byte[]> Producer() => new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, LingerMs = 5 }).Build();

        private void Produce(IProducer<Null, byte[]> producer, int partition, LoggedEvent e) => producer.Produce(
            new TopicPartition(topic, partition), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($$"""{"partition_key":"{{e.Key}}","event_time":{{e.TimeMs}},"value":{{e.Value}}}""") });
    }
}
