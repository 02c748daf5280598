using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Domain.Rules;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using ActorStream.Streams.Readers;

namespace ActorStream.Scenarios.Notices;

[Collection(Alone.Name)]
public sealed class EditTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Webhooks = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>A rule counts on every node a second after its reply; what is posted before may meet a node that does not know it.</summary>
    private static readonly TimeSpan RulesCount = TimeSpan.FromSeconds(1.1);

    [Fact]
    public async Task A_resolve_changes_the_first_message_also_after_the_node_that_sent_it_was_killed()
    {
        await using var discord = await EditedDiscord.StartAsync();
        await LocalCluster.RunAsync(output, Nodes, discord.Host, async cluster =>
        {
            await MakeRulesAsync(cluster.Nodes[0], discord);
            await Task.Delay(RulesCount);
            await PostAllAsync(cluster.Nodes[0], 2 * RuleSet.Threshold);
            await Until.HoldsAsync(() => AreDurableAsync(cluster), Patience, () => $"{discord.Calls.Count} of {Webhooks} messages were sent, or not all are known to the journal.");
            // A killed node that still had to journal an answer would send that message again.
            var first = discord.Calls;
            Assert.Equal(Enumerable.Range(0, Webhooks), first.Select(c => c.Webhook).Order());
            Assert.All(first, c => Assert.Equal("POST", c.Method));

            var victim = await SenderOfAsync(cluster, discord.WebhookUrl(0));
            output.WriteLine($"kill -9 of node {victim.Number}, which sent message {first.Single(c => c.Webhook == 0).Message}");
            await victim.KillAsync();
            await PostAllAsync(cluster.Nodes.First(n => n.IsRunning), 1);

            await Until.HoldsAsync(() => Task.FromResult(discord.Calls.Count >= 2 * Webhooks), Patience, () => $"{discord.Calls.Count - Webhooks} of {Webhooks} resolves have arrived.");
            Assert.Equal(
                first.Select(c => ("PATCH", c.Webhook, c.Message)).OrderBy(c => c.Webhook),
                discord.Calls.Skip(Webhooks).Select(c => (c.Method, c.Webhook, c.Message)).OrderBy(c => c.Webhook));
            Assert.All(discord.Calls.Skip(Webhooks), c => Assert.Contains($"{RuleSet.MetricName(c.Webhook)} is 1 which no longer exceeds", c.Description, StringComparison.Ordinal));
        });
    }

    private static async Task MakeRulesAsync(NodeProcess node, EditedDiscord discord)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var number = 0; number < Webhooks; number++)
        {
            var rule = new JsonObject { ["metric_name"] = RuleSet.MetricName(number), ["threshold"] = RuleSet.Threshold, ["discord_webhook_url"] = discord.WebhookUrl(number), ["trigger"] = "crossing", ["on_resolve"] = "edit" };
            using var answer = await http.PostAsJsonAsync(new Uri(node.HttpUrl, "/rules"), rule);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    private static async Task PostAllAsync(NodeProcess node, int value)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var samples = new JsonArray([.. Enumerable.Range(0, Webhooks).Select(m => new JsonObject { ["name"] = RuleSet.MetricName(m), ["value"] = value })]);
        using var answer = await http.PostAsJsonAsync(new Uri(node.HttpUrl, "/metrics"), samples);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Whoever takes over finds each message and its id.</summary>
    private static async Task<bool> AreDurableAsync(LocalCluster cluster) =>
        await NoticeJournal.RecoverAsync(cluster) is { Count: Webhooks } channels && channels.All(c => c is { Delivered: 1, Queued: 0 });

    private static async Task<NodeProcess> SenderOfAsync(LocalCluster cluster, string webhookUrl)
    {
        var group = NoticeGroups.EntityId(Webhook.GroupOf(webhookUrl, NoticeGroups.Count));
        var regions = (await cluster.AskAnyAsync("/pbm/sharding/notices"))!.AsArray();
        var holder = regions.Single(r => r!["shards"]!.AsArray().Any(s => s!["entity_ids"]!.AsArray().Any(e => (string)e! == group)));
        return cluster.Nodes.Single(n => ((string)holder!["node"]!).EndsWith(n.Address, StringComparison.Ordinal));
    }
}
