using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

public sealed class MovingTests(ITestOutputHelper output)
{
    private const int Metrics = 40;
    private const int ShardsMovedMin = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Its journal then holds events of one process, of another, and of the first again.</summary>
    [Fact]
    public async Task A_metric_that_moved_to_another_node_and_back_is_judged_after_a_restart()
    {
        await using var discord = await WebhookStandIn.StartAsync();
        await LocalCluster.RunAsync(output, 2, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, Metrics, webhooks: 1);
            var (staying, visiting) = (cluster.Nodes[0], cluster.Nodes[1]);
            await StopAsync(visiting);
            await AlarmAllAsync(staying, discord);

            visiting.Start();
            await visiting.ReadyAsync();
            await Until.HoldsAsync(() => HoldsShardsAsync(staying, visiting), Patience, () => "No shards of alarms have moved.");
            await AlarmAllAsync(staying, discord);
            await StopAsync(visiting);
            await AlarmAllAsync(staying, discord);
            await staying.KillAsync();
            staying.Start();
            await staying.ReadyAsync();

            await AlarmAllAsync(staying, discord);
        });
    }

    /// <summary>One alarm of every metric; completes when all have arrived.</summary>
    private static async Task AlarmAllAsync(NodeProcess node, WebhookStandIn discord)
    {
        var due = discord.Count + Metrics;
        var samples = new JsonArray([.. Enumerable.Range(0, Metrics).Select(m => new JsonObject { ["name"] = RuleSet.MetricName(m), ["value"] = 2 * RuleSet.Threshold })]);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.PostAsJsonAsync(new Uri(node.HttpUrl, "/metrics"), samples);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await Until.HoldsAsync(() => Task.FromResult(discord.Count == due), Patience, () => $"{due - discord.Count} of {Metrics} alarms have not arrived.");
    }

    private static async Task StopAsync(NodeProcess node)
    {
        node.Terminate();
        Assert.Equal(0, await node.EndedAsync(Patience));
    }

    private static async Task<bool> HoldsShardsAsync(NodeProcess asked, NodeProcess holder) =>
        await asked.AskAsync("/pbm/sharding/alarms") is { } text
        && JsonNode.Parse(text)!.AsArray().Any(r => ((string)r!["node"]!).EndsWith(holder.Address, StringComparison.Ordinal) && r["shards"] is JsonArray { Count: >= ShardsMovedMin });
}
