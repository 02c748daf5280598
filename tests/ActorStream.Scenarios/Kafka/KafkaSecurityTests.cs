using System.Net;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Kafka;

/// <summary>What <c>kafka.client</c> says reaches Kafka's client, and what is wrong in it is said in words.</summary>
public sealed class KafkaSecurityTests(ITestOutputHelper output)
{
    private const string UnusedWebhookHost = "discord.com";
    private const string WrongPassword = "wrong-and-secret-too";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [SkippableFact]
    public async Task Rules_and_samples_pass_through_a_broker_that_asks_for_TLS_and_a_password()
    {
        await using var kafka = await SecureBroker.StartAsync();
        await using var discord = await WebhookStandIn.StartAsync();
        await LocalCluster.RunAsync(output, 1, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, metrics: 1, webhooks: 1);
            var (status, answer) = await PostAsync(cluster.Nodes[0]);
            Assert.True(status == HttpStatusCode.OK, answer);

            await Until.HoldsAsync(() => Task.FromResult(discord.Count == 1), Patience, () => "The alarm has not arrived.");
            Assert.DoesNotContain(SecureBroker.Password, cluster.Nodes[0].Printed, StringComparison.Ordinal);
        }, more: ArgumentsOf(kafka, "SASL_SSL", SecureBroker.Password, kafka.CaPath));
    }

    [SkippableFact]
    public async Task A_wrong_password_an_unknown_certificate_and_a_wrong_protocol_are_named_in_the_status_with_the_setting_and_no_secret()
    {
        await using var kafka = await SecureBroker.StartAsync();
        await RefusedAsync(kafka, "sasl.password", ArgumentsOf(kafka, "SASL_SSL", WrongPassword, kafka.CaPath));
        await RefusedAsync(kafka, "ssl.ca.location", ArgumentsOf(kafka, "SASL_SSL", SecureBroker.Password, null));
        await RefusedAsync(kafka, "security.protocol", ArgumentsOf(kafka, "PLAINTEXT", SecureBroker.Password, null));
    }

    [SkippableFact]
    public async Task Emulate_takes_the_settings_of_a_node_from_the_command_line_or_the_environment_and_names_what_is_wrong_in_them()
    {
        await using var kafka = await SecureBroker.StartAsync();
        string[] command = ["emulate", "constant", "a", "501", "0.01", "--count", "1", "--kafka", kafka.Bootstrap, "--topic", "emulated"];
        var client = $"{ClientOf("SASL_SSL", SecureBroker.Password)},ssl.ca.location={kafka.CaPath}";

        using (var flag = ActorStreamProcess.Start([.. command, "--kafka-client", client]))
            Assert.True(await flag.EndedAsync(Patience) == 0, flag.Printed);
        using (var environment = ActorStreamProcess.Start(command, new Dictionary<string, string> { ["ACTORSTREAM_KAFKA_CLIENT"] = client }))
            Assert.True(await environment.EndedAsync(Patience) == 0, environment.Printed);
        using (var unknown = ActorStreamProcess.Start([.. command, "--kafka-client", "group.id=mine"]))
            Assert.Equal(2, await unknown.EndedAsync(Patience));
        using (var wrong = ActorStreamProcess.Start([.. command, "--kafka-client", $"{ClientOf("SASL_SSL", WrongPassword)},ssl.ca.location={kafka.CaPath}"]))
        {
            await Until.HoldsAsync(() => Task.FromResult(wrong.Printed.Contains("sasl.password", StringComparison.Ordinal)), Patience, () => wrong.Printed);
            Assert.DoesNotContain(WrongPassword, wrong.Printed, StringComparison.Ordinal);
            Assert.False(wrong.HasEnded, wrong.Printed);
        }

        Assert.Equal(["a\t{\"value\":501}", "a\t{\"value\":501}"], await kafka.ConsumeAsync("emulated", 2));
    }

    /// <summary>The node stays, says what is to be corrected, and refuses samples with the same words.</summary>
    private Task RefusedAsync(SecureBroker kafka, string remedy, IReadOnlyList<string> arguments) => LocalCluster.RunAsync(output, 1, UnusedWebhookHost, async cluster =>
    {
        var node = cluster.Nodes[0];
        var detail = "";
        await Until.HoldsAsync(async () => (detail = await DetailAsync(node)).Contains(remedy, StringComparison.Ordinal), Patience, () => $"The status does not name {remedy}: {detail}");

        output.WriteLine(detail);
        Assert.StartsWith($"Kafka at {kafka.Bootstrap} does not ", detail, StringComparison.Ordinal);
        Assert.Contains("in kafka.client", detail, StringComparison.Ordinal);
        var (status, answer) = await PostAsync(node);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(remedy, answer, StringComparison.Ordinal);
        Assert.True(node.IsRunning);
        Assert.All(new[] { SecureBroker.Password, WrongPassword }, secret => Assert.DoesNotContain(secret, node.Printed + detail + answer, StringComparison.Ordinal));
    }, isReady: false, more: arguments);

    private static string ClientOf(string protocol, string password) => $"security.protocol={protocol},sasl.mechanism=PLAIN,sasl.username={SecureBroker.User},sasl.password={password}";

    private static IReadOnlyList<string> ArgumentsOf(SecureBroker kafka, string protocol, string password, string? ca)
    {
        var client = ClientOf(protocol, password);
        return ["--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-client", ca is null ? client : $"{client},ssl.ca.location={ca}"];
    }

    /// <summary>Empty: no answer, or nothing is away.</summary>
    private static async Task<string> DetailAsync(NodeProcess node)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            return (string?)JsonNode.Parse(await http.GetStringAsync(new Uri(node.HttpUrl, "/status")))!["detail"] ?? "";
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }

    private static async Task<(HttpStatusCode Status, string Answer)> PostAsync(NodeProcess node)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var body = new StringContent($$"""{"name":"{{RuleSet.MetricName(0)}}","value":501}""", System.Net.Http.Headers.MediaTypeHeaderValue.Parse("application/json"));
        using var answer = await http.PostAsync(new Uri(node.HttpUrl, "/metrics"), body);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
