using System.Globalization;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Kafka;

/// <summary>What users of a Kafka monitor did before: sources and rules written to Kafka by whatever program, and over HTTP.</summary>
[Collection(KafkaBroker.Shared)]
public sealed class KafkaMonitorTests(ITestOutputHelper output)
{
    private const string Group = $"actorstream-{LocalCluster.Name}-alarms";
    private const string Packages = "packages-received";
    private const string Stairs = "stairs";
    private const string Spikes = "spikes";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableTheory]
    [InlineData(20)]
    [InlineData(3)]
    public async Task Emulators_and_rules_work_through_Kafka_and_its_own_tools_read_and_write_the_same(int partitions)
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await using var discord = await WebhookStandIn.StartAsync();
        var (metrics, rules) = ($"metrics-{Guid.NewGuid():N}", $"rules-{Guid.NewGuid():N}");
        await kafka.MakeTopicAsync(metrics, partitions);
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            var node = cluster.Nodes[0];
            var written = Guid.NewGuid();
            var url = discord.WebhookUrl(1);

            // A rule by another program, and one over HTTP.
            await kafka.ProduceAsync(rules, $"{written}", $$"""{"id":"{{written}}","metric_name":"{{Packages}}","threshold":500,"discord_webhook_url":"{{url}}"}""");
            await Until.HoldsAsync(async () => await RulesAsync(node) is [var id] && id == $"{written}", Patience, () => "The rule from Kafka is not there.");
            var (posted, reply) = await PostRuleAsync(node, Stairs, url);
            Assert.Contains($"{posted}\t{reply}", await kafka.ConsumeAsync(rules, 2));

            // The three emulators, each with its exact values.
            await Task.WhenAll(
                EmulateAsync(kafka, metrics, 7, "constant", Packages, "501", "0.01"), EmulateAsync(kafka, metrics, 9, "spikes", Spikes, "10", "600", "0.01", "4"),
                EmulateAsync(kafka, metrics, 8, "stairs", Stairs, "498", "503", "1", "0.01"));
            string[] expected =
            [
                .. Lines(Packages, 501, 501, 501, 501, 501, 501, 501), .. Lines(Spikes, 600, 10, 10, 10, 600, 10, 10, 10, 600), .. Lines(Stairs, 498, 499, 500, 501, 502, 503, 498, 499),
            ];
            var found = await kafka.ConsumeAsync(metrics, expected.Length);
            Assert.All(new[] { Packages, Spikes, Stairs }, m => Assert.Equal(expected.Where(l => l.StartsWith(m, StringComparison.Ordinal)), found.Where(l => l.StartsWith(m, StringComparison.Ordinal))));
            await Until.HoldsAsync(() => Task.FromResult(discord.Count >= 10), Patience, () => $"{discord.Count} of 10 alarms have arrived.");

            // Null deletes; the other rule goes on. Lag 0 means all was judged.
            await kafka.ProduceAsync(rules, $"{written}", null);
            await Until.HoldsAsync(async () => await RulesAsync(node) is [var id] && id == $"{posted}", Patience, () => "The rule is not deleted.");
            await EmulateAsync(kafka, metrics, 1, "constant", Packages, "999", "0.01");
            await EmulateAsync(kafka, metrics, 1, "constant", Stairs, "777", "0.01");
            await Until.HoldsAsync(() => Task.FromResult(discord.Count >= 11), Patience, () => "The rule that is left does not alarm.");
            await Until.HoldsAsync(async () => await kafka.LagsAsync(Group, metrics) is { } lags && lags.Count == partitions && lags.All(l => l == 0), Patience, () => "There is lag left.");
            Assert.Equal(["501", "501", "501", "501", "501", "501", "501", "501", "502", "503", "777"], discord.Deliveries.Select(d => d.Value).Order(StringComparer.Ordinal));

            await DeleteRuleAsync(node, posted);
            Assert.Equal([$"{written}\tnull", $"{posted}\tnull"], (await kafka.ConsumeAsync(rules, 4)).TakeLast(2));
        }, more: ["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", metrics, "--kafka-rules-topic", rules]);
    }

    [SkippableFact]
    public async Task A_sample_over_HTTP_is_on_Kafka_with_the_name_as_key_and_the_value_as_sent()
    {
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        await using var discord = await WebhookStandIn.StartAsync();
        var (metrics, rules) = ($"metrics-{Guid.NewGuid():N}", $"rules-{Guid.NewGuid():N}");
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            await PostAsync(cluster.Nodes[0], "/metrics", """[{"name":"a","value":501},{"name":"b","value":1.50,"tags":{"host":"x"}}]""");

            Assert.Equal(["a\t{\"value\":501}", "b\t{\"value\":1.50,\"tags\":{\"host\":\"x\"}}"], (await kafka.ConsumeAsync(metrics, 2)).Order(StringComparer.Ordinal));
        }, more: ["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", metrics, "--kafka-rules-topic", rules]);
    }

    private static IEnumerable<string> Lines(string metric, params int[] values) => values.Select(v => string.Create(CultureInfo.InvariantCulture, $$"""{{metric}}{{'\t'}}{"value":{{v}}}"""));

    private static async Task EmulateAsync(KafkaBroker kafka, string topic, int count, params string[] arguments)
    {
        using var emulator = ActorStreamProcess.Start(["emulate", .. arguments, "--count", $"{count}", "--kafka", kafka.Bootstrap, "--topic", topic]);
        Assert.True(await emulator.EndedAsync(Patience) == 0, emulator.Printed);
    }

    private static async Task<IReadOnlyList<string>> RulesAsync(NodeProcess node) =>
        await node.AskAsync("/pbm/rules") is { } text ? [.. JsonNode.Parse(text)!.AsArray().Select(r => (string)r!["id"]!)] : [];

    private static async Task<(Guid Id, string Reply)> PostRuleAsync(NodeProcess node, string metric, string url)
    {
        var reply = await PostAsync(node, "/rules", $$"""{"metric_name":"{{metric}}","threshold":500,"discord_webhook_url":"{{url}}"}""");
        return ((Guid)JsonNode.Parse(reply)!["id"]!, reply);
    }

    private static async Task<string> PostAsync(NodeProcess node, string path, string body)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var content = new StringContent(body, System.Net.Http.Headers.MediaTypeHeaderValue.Parse("application/json"));
        using var answer = await http.PostAsync(new Uri(node.HttpUrl, path), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static async Task DeleteRuleAsync(NodeProcess node, Guid id)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal("{}", await (await http.DeleteAsync(new Uri(node.HttpUrl, $"/rules/{id}"))).Content.ReadAsStringAsync());
    }
}
