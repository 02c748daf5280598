using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Load;

/// <summary>One rule on every metric, spread over the webhooks; half of them strict.</summary>
internal static class RuleSet
{
    public const int Threshold = 500;

    private static readonly TimeSpan EffectivePatience = TimeSpan.FromSeconds(30);

    public static string MetricName(int metric) => string.Create(CultureInfo.InvariantCulture, $"metric-{metric}");

    /// <summary>Completes when every node has all of them.</summary>
    /// <param name="receiver">The rule's member that names the webhook, which is the kind of its receiver.</param>
    /// <param name="withMemory">Of every ten metrics two each get a rule whose answer depends on what came before: a crossing, a cooldown, a window.</param>
    public static async Task MakeAsync(LocalCluster cluster, Func<int, string> webhookUrl, int metrics, int webhooks, bool withMemory = false, string receiver = "discord_webhook_url")
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var metric = 0; metric < metrics; metric++)
        {
            var rule = new JsonObject
            {
                ["metric_name"] = MetricName(metric),
                ["threshold"] = Threshold,
                ["operator"] = metric % 2 == 0 ? ">" : ">=",
                [receiver] = webhookUrl(metric % webhooks),
            };
            foreach (var (member, value) in withMemory ? Memory(metric) : [])
                rule[member] = value?.DeepClone();
            using var answer = await http.PostAsJsonAsync(new Uri(cluster.Nodes[metric % cluster.Nodes.Count].HttpUrl, "/rules"), rule);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
        foreach (var node in cluster.Nodes)
            await Until.HoldsAsync(() => HasAsync(node, metrics), EffectivePatience, () => $"Node {node.Number} does not have all {metrics} rules.");
    }

    /// <summary>State that a kill could lose: a crossing would come twice, a cooldown begin anew, an average be another one.</summary>
    private static JsonObject Memory(int metric) => (metric % 10) switch
    {
        // Nineteen of twenty samples hold, so that only the return from each spike crosses.
        4 or 5 => new JsonObject { ["operator"] = "<", ["trigger"] = "crossing" },
        6 or 7 => new JsonObject { ["cooldown_seconds"] = 2 },
        8 or 9 => new JsonObject { ["operator"] = "<", ["type"] = "window_average", ["window_duration_seconds"] = 10, ["cooldown_seconds"] = 2 },
        _ => [],
    };

    private static async Task<bool> HasAsync(NodeProcess node, int rules) => await node.AskAsync("/pbm/rules") is { } text && JsonNode.Parse(text)!.AsArray().Count == rules;
}
