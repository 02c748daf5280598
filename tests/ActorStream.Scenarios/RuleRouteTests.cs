using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

public sealed class RuleRouteTests(ITestOutputHelper output)
{
    private const string Metric = "packages";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_test_message_arrives_marked_and_counts_for_nothing_and_explain_follows_a_series_from_gate_to_gate()
    {
        await using var discord = await WebhookStandIn.StartAsync();
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = cluster.Nodes[0].HttpUrl };
            var rule = await PostAsync(http, "/rules", new { metric_name = Metric, threshold = 500, cooldown_seconds = 3_600, discord_webhook_url = discord.WebhookUrl(1) }, HttpStatusCode.OK);
            var explain = $"/rules/{rule.GetProperty("id").GetString()}/explain";

            var test = (await PostAsync(http, $"/rules/{rule.GetProperty("id").GetString()}/test", new { }, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;
            await Until.HoldsAsync(() => Task.FromResult(discord.HasAll([test])), Patience, () => "The test message has not arrived.");
            var silent = await ExplainAsync(http, $"{explain}?series=host:a", s => s.GetProperty("stopped_by").GetString() == "sample");
            await SendAsync(http, 501);
            var fired = await ExplainAsync(http, $"{explain}?series=host:a", s => s.GetProperty("is_firing").GetBoolean());
            await SendAsync(http, 502);
            var cooling = await ExplainAsync(http, $"{explain}?series=host:a", s => s.GetProperty("stopped_by").GetString() == "cooldown");
            await SendAsync(http, 10);
            var low = await ExplainAsync(http, $"{explain}?series=host:a", s => s.GetProperty("stopped_by").GetString() == "operator");
            var all = await http.GetFromJsonAsync<JsonElement>(explain);
            await Until.HoldsAsync(() => Task.FromResult(discord.Count == 2), Patience, () => $"{discord.Count} messages have arrived, not two.");

            Assert.Equal(JsonValueKind.Null, silent.GetProperty("last_value").ValueKind);
            Assert.Equal((501, 0), (fired.GetProperty("last_value").GetInt32(), fired.GetProperty("suppressed").GetInt32()));
            Assert.Equal((502, 1), (cooling.GetProperty("last_value").GetInt32(), cooling.GetProperty("suppressed").GetInt32()));
            Assert.Equal(10, low.GetProperty("last_value").GetInt32());
            Assert.Equal((1, "host:a"), (all.GetProperty("raised").GetInt32(), all.GetProperty("series").EnumerateArray().Single().GetProperty("series").GetString()));
            Assert.Equal([("Test message", "500"), ("Alarm triggered", "501")], discord.Deliveries.Select(d => (d.Title, d.Value)));
            Assert.Equal((test, Metric), (discord.Deliveries[0].Id, discord.Deliveries[0].Metric));
            await Until.HoldsAsync(async () => (await http.GetStringAsync("/alarms?state=test")).Contains(test, StringComparison.Ordinal), Patience, () => "The history does not have the test message.");
            Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync($"/rules/{Guid.NewGuid()}/test", null)).StatusCode);
        });
    }

    private static Task<JsonElement> SendAsync(HttpClient http, int value) => PostAsync(http, "/metrics", new { name = Metric, value, tags = new { host = "a" } }, HttpStatusCode.OK);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body, HttpStatusCode status)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The explanation of the only series of the answer, when it is as it should be; samples are judged after the reply to them.</summary>
    private static async Task<JsonElement> ExplainAsync(HttpClient http, string path, Func<JsonElement, bool> isSo)
    {
        var (text, series) = ("", default(JsonElement));
        await Until.HoldsAsync(AskAsync, Patience, () => $"{path} still answers {text}");
        return series;

        async Task<bool> AskAsync()
        {
            using var answer = await http.GetAsync(path);
            text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                return false;
            Assert.True(answer.IsSuccessStatusCode, text);
            series = Assert.Single(JsonDocument.Parse(text).RootElement.GetProperty("series").EnumerateArray());
            return isSo(series);
        }
    }
}
