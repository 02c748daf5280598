using System.Net;
using System.Text.Json;
using ActorStream.Node.Demo;
using ActorStream.Tests.Shared;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>A node whose PostgreSQL server has no room left: topics, journal, commit rows, everything.</summary>
public sealed class FullServerDiskSpec
{
    private const int Samples = 20;

    [SkippableFact]
    public async Task While_the_server_is_full_posts_are_refused_with_a_time_to_come_back_and_then_every_acknowledged_sample_has_its_alarm_once()
    {
        var place = PostgresServer.Shared.NewDatabase();
        using var output = new StringWriter();
        await using var discord = await DiscordStandIn.StartAsync(output, TimeProvider.System);
        await using var node = await RunningNode.StartAsync(webhookHost: discord.Host, postgres: place);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        using var rule = await node.PostAsync("/rules", new { metric_name = "m", threshold = 500, discord_webhook_url = discord.WebhookUrl });

        // The disk is full in the midst of it: some of these have their alarm then, some their commit, some neither.
        await PostAsync(node, 1_000);
        PostgresDisk.Fill(place);
        using var refused = await node.PostAsync("/metrics", new { name = "m", value = 9_999 });
        await node.UntilAsync("/ready", (status, _) => status == 503);
        await node.UntilAsync("/metrics", (_, body) => body.Split('\n').Any(l => l.StartsWith("actorstream_journal_failures", StringComparison.Ordinal)));
        PostgresDisk.Clear(place);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        await PostAsync(node, 2_000);

        var groups = await node.UntilAsync("/pbm/notices", _ => discord.Received.Ids.Count == 2 * Samples);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1), $"Retry-After is {refused.Headers.RetryAfter}.");
        Assert.InRange(discord.Received.Repeated, 0, DemoClient.AmbiguousIn(groups.GetRawText()) ?? 0);
        Assert.Equal(Expected(), await ValuesOfAlarmsAsync(node));
    }

    private static IEnumerable<double> Expected() => Enumerable.Range(0, 2 * Samples).Select(i => i < Samples ? 1_000.0 + i : 2_000 + i - Samples);

    private static async Task PostAsync(RunningNode node, int from)
    {
        for (var value = from; value < from + Samples; value++)
        {
            using var response = await node.PostAsync("/metrics", new { name = "m", value });
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    /// <summary>Of the history: it is written by a reader of its own, a little later.</summary>
    private static async Task<IEnumerable<double>> ValuesOfAlarmsAsync(RunningNode node)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var url = new Uri(node.Edge, "/alarms?limit=1000");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var alarms = JsonDocument.Parse(await http.GetStringAsync(url, patience.Token)).RootElement;
            var list = alarms.ValueKind == JsonValueKind.Array ? alarms : alarms.EnumerateObject().First(p => p.Value.ValueKind == JsonValueKind.Array).Value;
            if (list.GetArrayLength() >= 2 * Samples)
                return list.EnumerateArray().Select(a => a.GetProperty("value").GetDouble()).Order();
            await look.WaitForNextTickAsync(patience.Token);
        }
    }
}
