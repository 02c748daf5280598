using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Kafka;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

/// <summary>How long after its reply a change of a rule counts, for metrics on every node and requests to every node.</summary>
[Collection(Alone.Name)]
public sealed class RuleEffectTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Metrics = 9;
    private const int Candidates = 60;
    private const int SamplesMin = 5;

    /// <summary>Above every numbered sample.</summary>
    private const double Fence = 1_000_000_000;
    private const double BelowAll = 0.5;
    private const double AboveAll = Fence / 2;

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    [Fact]
    public Task A_rule_is_effective_on_every_node_at_most_a_second_after_its_reply() => RunAsync([]);

    [SkippableFact]
    public async Task A_rule_in_Kafka_is_effective_on_every_node_at_most_a_second_after_its_reply()
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await RunAsync(["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", $"metrics-{Guid.NewGuid():N}", "--kafka-rules-topic", $"rules-{Guid.NewGuid():N}"]);
    }

    private async Task RunAsync(IReadOnlyList<string> more)
    {
        await using var discord = await WebhookStandIn.StartAsync();
        await LocalCluster.RunAsync(output, Nodes, discord.Host, async cluster =>
        {
            var cases = await CasesAsync(cluster);
            // On the same webhook, so that its alarms stand behind those of the rule that changes.
            foreach (var one in cases)
                await SendAsync(HttpMethod.Post, cluster.Nodes[0], "/rules", RuleOf(one, Fence, discord));
            var samples = new Samples(cluster, _http, [.. cases.Select(c => c.Metric)]);

            await StepAsync(async c => c.Rule = (string)(await SendAsync(HttpMethod.Post, c.Asked, "/rules", RuleOf(c, BelowAll, discord)))!["id"]!, isOn: true);
            await StepAsync(c => SendAsync(HttpMethod.Put, c.Asked, $"/rules/{c.Rule}", RuleOf(c, AboveAll, discord)), isOn: false);
            await StepAsync(c => SendAsync(HttpMethod.Put, c.Asked, $"/rules/{c.Rule}", RuleOf(c, BelowAll, discord)), isOn: true);
            await StepAsync(c => SendAsync(HttpMethod.Delete, c.Asked, $"/rules/{c.Rule}", null), isOn: false);

            // What moved to another node meanwhile has to keep the promise too.
            var stayed = await Task.WhenAll(cases.Select(async c => (c.Owner, HasStayed: await OwnerOfAsync(cluster, c.Metric) == c.Owner)));
            Assert.Equal(Nodes, stayed.Where(s => s.HasStayed).Select(s => s.Owner).Distinct().Count());

            async Task StepAsync(Func<Case, Task> change, bool isOn)
            {
                var replied = await Task.WhenAll(cases.Select(async c =>
                {
                    await change(c);
                    return Stopwatch.GetTimestamp();
                }));
                var begun = await samples.SendAsync(Watched);
                await FenceAsync(samples, discord);
                var alarmed = discord.Deliveries.ToLookup(d => d.Metric, Number);
                var worst = cases.Zip(replied, (c, at) => EffectOf(c, at, begun, alarmed[c.Metric].ToHashSet(), isOn)).MaxBy(e => e.After);
                output.WriteLine(worst.What);
                Assert.True(worst.After < Promised, worst.What);
            }
        }, more: [.. more]);
    }

    /// <summary>For each pair of a node that is asked and a node that judges one metric, once every node judges enough of them.</summary>
    private static async Task<IReadOnlyList<Case>> CasesAsync(LocalCluster cluster)
    {
        var byOwner = Array.Empty<(NodeProcess Owner, string[] Metrics)>();
        await Until.HoldsAsync(async () =>
        {
            var owners = await Task.WhenAll(Enumerable.Range(0, Candidates).Select(async i => (Metric: $"effect-{i}", Owner: await OwnerOfAsync(cluster, $"effect-{i}"))));
            byOwner = [.. owners.Where(o => o.Owner is not null).GroupBy(o => o.Owner!, o => o.Metric).Select(g => (g.Key, g.ToArray()))];
            return byOwner.Count(o => o.Metrics.Length >= Nodes) == Nodes;
        }, Patience, () => $"Of {Candidates} metrics the nodes judge {string.Join(", ", byOwner.Select(o => o.Metrics.Length))}.");
        return [.. byOwner.SelectMany(o => cluster.Nodes.Select((asked, i) => new Case(o.Metrics[i], asked, o.Owner)))];
    }

    /// <summary>The node that judges a metric; null: it moves.</summary>
    private static async Task<NodeProcess?> OwnerOfAsync(LocalCluster cluster, string metric) => await cluster.Nodes[0].AskAsync($"/pbm/alarms/entity?metric={metric}") is { } entity
        ? cluster.Nodes.Single(n => ((string)JsonNode.Parse(entity)!["node"]!).EndsWith(n.Address, StringComparison.Ordinal))
        : null;

    /// <summary>Samples of one metric are judged, and its alarms arrive, in order: behind this one all before it were judged and nothing of them is missing.</summary>
    private static async Task FenceAsync(Samples samples, WebhookStandIn discord)
    {
        var fence = Fence + samples.Sent;
        await samples.PostAsync(fence);
        await Until.HoldsAsync(() => Task.FromResult(discord.Deliveries.Where(d => Number(d) == fence).Select(d => d.Metric).Distinct().Count() == Metrics), Patience, () => "The last alarms have not arrived.");
    }

    /// <summary>How long after its reply a sample was sent that was still judged by what was before.</summary>
    private static (TimeSpan After, string What) EffectOf(Case one, long replied, IReadOnlyDictionary<int, long> begun, HashSet<double> alarmed, bool isOn)
    {
        var samples = begun.Select(s => (After: Stopwatch.GetElapsedTime(replied, s.Value), IsWrong: alarmed.Contains(s.Key) != isOn)).ToArray();
        Assert.True(samples.Count(s => s.After >= Promised) >= SamplesMin, $"Only {samples.Length} samples were sent, too few of them a second after the reply.");
        var after = samples.Where(s => s.IsWrong).Select(s => s.After).DefaultIfEmpty().Max();
        return (after, $"{(isOn ? "on" : "off")}, asked of node {one.Asked.Number}, judged on node {one.Owner.Number}: of {samples.Length} samples from {samples.Min(s => s.After).TotalMilliseconds:0} ms after the reply the last one judged as before was sent after {after.TotalMilliseconds:0} ms, margin {(Promised - after).TotalMilliseconds:0} ms");
    }

    private static JsonObject RuleOf(Case one, double threshold, WebhookStandIn discord) =>
        new() { ["metric_name"] = one.Metric, ["threshold"] = threshold, ["operator"] = ">=", ["discord_webhook_url"] = discord.WebhookUrl(1) };

    private async Task<JsonNode?> SendAsync(HttpMethod method, NodeProcess node, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.HttpUrl, path)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text);
    }

    private static double Number(Delivery delivery) => double.Parse(delivery.Value, CultureInfo.InvariantCulture);

    /// <param name="Asked">Gets the requests about its rule.</param>
    /// <param name="Owner">Judges the metric.</param>
    private sealed record Case(string Metric, NodeProcess Asked, NodeProcess Owner)
    {
        public string? Rule { get; set; }
    }

    /// <summary>Samples of each metric, numbered from 1, to every node one after the other.</summary>
    private sealed class Samples(LocalCluster cluster, HttpClient http, IReadOnlyList<string> metrics)
    {
        private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

        private int _number;

        public int Sent => _number;

        /// <summary>When the request with each number was begun.</summary>
        public async Task<IReadOnlyDictionary<int, long>> SendAsync(TimeSpan time)
        {
            var (start, begun) = (Stopwatch.GetTimestamp(), new ConcurrentDictionary<int, long>());
            await Task.WhenAll(cluster.Nodes.Select(async node =>
            {
                using var pace = new PeriodicTimer(Pace);
                do
                {
                    var number = Interlocked.Increment(ref _number);
                    begun[number] = Stopwatch.GetTimestamp();
                    await PostAsync(number, node);
                }
                while (await pace.WaitForNextTickAsync() && Stopwatch.GetElapsedTime(start) < time);
            }));
            return begun;
        }

        public async Task PostAsync(double value, NodeProcess? node = null)
        {
            var body = new JsonArray([.. metrics.Select(m => new JsonObject { ["name"] = m, ["value"] = value })]);
            using var answer = await http.PostAsJsonAsync(new Uri((node ?? cluster.Nodes[0]).HttpUrl, "/metrics"), body);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}
