using System.Text;
using System.Text.Json;
using ActorStream.Edge.Tests.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Rules;

public sealed class RuleTests : IAsyncLifetime
{
    private const string Webhook = "https://discord.com/api/webhooks/42/top-secret";

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task The_minimal_request_gets_exactly_the_minimal_reply()
    {
        var answer = await _edge.PostAsync("/rules", Rule("500"));

        var id = answer.Json.GetProperty("id").GetGuid();
        Assert.Equal(200, answer.Status);
        Assert.Equal(4, id.Version);
        Assert.Equal($$"""{"id":"{{id}}","metric_name":"packages-received","threshold":500,"discord_webhook_url":"{{Webhook}}"}""", answer.Body);
        Assert.Equal(answer.Body, (await _edge.GetAsync($"/rules/{id}")).Body);
    }

    [Theory]
    [InlineData("500")]
    [InlineData("2.50")]
    [InlineData("-0.0")]
    [InlineData("1e3")]
    [InlineData("123456789012345678901234567890")]
    public async Task A_threshold_keeps_the_digits_it_was_written_with(string threshold)
    {
        var made = await _edge.PostAsync("/rules", Rule(threshold));
        var read = await _edge.GetAsync($"/rules/{made.Json.GetProperty("id").GetString()}");

        Assert.Equal((threshold, threshold), (made.Json.GetProperty("threshold").GetRawText(), read.Json.GetProperty("threshold").GetRawText()));
    }

    [Fact]
    public async Task The_servers_id_counts_and_not_the_clients()
    {
        var answer = await _edge.PostAsync("/rules", $$"""{"id":"00000000-0000-4000-8000-000000000000",{{Rule("1")[1..]}}""");

        Assert.NotEqual("00000000-0000-4000-8000-000000000000", answer.Json.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_rule_with_a_receiver_of_json_is_422_with_the_setting_to_set_while_there_is_no_signing_key()
    {
        var answer = await _edge.PostAsync("/rules", """{"metric_name":"packages-received","threshold":500,"webhook_url":"https://discord.com/hook"}""");

        answer.IsProblem(422);
        Assert.Contains("set webhooks.signing-key on every node", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(_edge.Node.Rules.Rules);
    }

    [Fact]
    public async Task The_list_holds_all_rules_in_the_order_they_were_made()
    {
        foreach (var threshold in new[] { "1", "2.50", "3" })
            await _edge.PostAsync("/rules", Rule(threshold));

        var list = (await _edge.GetAsync("/rules")).Json;

        Assert.Equal(["1", "2.50", "3"], list.EnumerateArray().Select(r => r.GetProperty("threshold").GetRawText()));
    }

    [Fact]
    public async Task Put_replaces_a_known_rule_under_its_id_and_knows_no_other()
    {
        var id = (await _edge.PostAsync("/rules", Rule("1"))).Json.GetProperty("id").GetString();

        var replaced = await PutAsync(id!, Rule("2"));
        var unknown = await PutAsync(Guid.NewGuid().ToString(), Rule("2"));

        Assert.Equal(200, replaced.Status);
        Assert.Equal(2, (await _edge.GetAsync($"/rules/{id}")).Json.GetProperty("threshold").GetInt32());
        unknown.IsProblem(404);
        Assert.Single(_edge.Node.Rules.Rules);
    }

    [Fact]
    public async Task Delete_answers_an_empty_object_also_for_an_unknown_rule_unless_strict()
    {
        var id = (await _edge.PostAsync("/rules", Rule("1"))).Json.GetProperty("id").GetString();

        var deleted = await DeleteAsync($"/rules/{id}?strict=true");
        var again = await DeleteAsync($"/rules/{id}");
        var nonsense = await DeleteAsync("/rules/nope");

        Assert.Equal((200, "{}"), (deleted.Status, deleted.Body));
        Assert.Equal((200, "{}"), (again.Status, again.Body));
        Assert.Equal((200, "{}"), (nonsense.Status, nonsense.Body));
        (await DeleteAsync($"/rules/{id}?strict=true")).IsProblem(404);
        (await DeleteAsync("/rules/nope?strict=true")).IsProblem(404);
        (await DeleteAsync($"/rules/{id}?strict=perhaps")).IsProblem(422);
        Assert.Empty(_edge.Node.Rules.Rules);
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("00000000-0000-4000-8000-000000000000")]
    [InlineData("%01%0a")]
    [InlineData("{00000000-0000-4000-8000-000000000000}")]
    public async Task An_unknown_id_is_404(string id) => (await _edge.GetAsync($"/rules/{id}")).IsProblem(404);

    [Theory]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("nonsense", 400)]
    [InlineData("[]", 422)]
    [InlineData("{}", 422)]
    [InlineData("null", 422)]
    [InlineData("""{"metric_name":"m","threshold":"5","discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":"m","threshold":null,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":"m","threshold":1e999,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":"m","threshold":NaN,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 400)]
    [InlineData("""{"metric_name":"","threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":["m"],"threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":"m","threshold":1,"operator":"=>","discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", 422)]
    [InlineData("""{"metric_name":"m","threshold":1,"discord_webhook_url":7}""", 422)]
    public async Task A_bad_rule_is_refused_with_a_sentence_and_not_stored(string body, int status)
    {
        (await _edge.PostAsync("/rules", body)).IsProblem(status);
        Assert.Empty(_edge.Node.Rules.Rules);
    }

    [Theory]
    [InlineData("http://169.254.169.254/secret-path")]
    [InlineData("https://127.0.0.1/secret-path")]
    [InlineData("https://10.0.0.1/secret-path")]
    [InlineData("ftp://discord.com/secret-path")]
    [InlineData("http://discord.com/secret-path")]
    [InlineData("https://discord.com.evil.example/secret-path")]
    [InlineData("https://discord.com@10.0.0.1/secret-path")]
    [InlineData("https://evil.example/secret-path")]
    [InlineData("javascript:alert(1)")]
    [InlineData("//discord.com/secret-path")]
    public async Task A_webhook_that_leads_elsewhere_is_refused_without_repeating_its_path(string url)
    {
        var answer = await _edge.PostAsync("/rules", JsonSerializer.Serialize(new { metric_name = "m", threshold = 1, discord_webhook_url = url }));

        answer.IsProblem(422);
        Assert.DoesNotContain("secret-path", answer.Body);
        Assert.Empty(_edge.Node.Rules.Rules);
    }

    [Fact]
    public async Task Every_fault_is_listed_at_once_and_summed_up()
    {
        var answer = await _edge.PostAsync("/rules", """{"threshold":"5","operator":"=>","discord_webhook_url":"http://10.0.0.1/"}""");

        answer.IsProblem(422);
        var errors = answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetString()!).ToList();
        Assert.Equal(4, errors.Count);
        Assert.All(errors, e => Assert.Contains(e, answer.Detail));
        Assert.Contains(errors, e => e.Contains("10.0.0.1"));
    }

    [Fact]
    public async Task A_rule_beyond_64_KiB_is_413()
        => (await _edge.PostAsync("/rules", $$"""{"metric_name":"{{new string('x', EdgeOptions.RuleBytesMax)}}"}""")).IsProblem(413);

    [Fact]
    public async Task Lines_of_rules_are_no_rule() => (await _edge.PostAsync("/rules", Rule("1"), "application/x-ndjson")).IsProblem(415);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Full_and_unavailable_storage_is_503_with_Retry_After_for_every_change(bool isFull)
    {
        var id = (await _edge.PostAsync("/rules", Rule("1"))).Json.GetProperty("id").GetString();
        _edge.Node.StorageFails = isFull ? new StorageFullException("The disk is full: 0 bytes are free; make room.") : new StorageUnavailableException("The database was busy for more than 5 s; try again.");

        foreach (var answer in new[] { await _edge.PostAsync("/rules", Rule("1")), await PutAsync(id!, Rule("2")), await DeleteAsync($"/rules/{id}"), await _edge.PostAsync($"/rules/{id}/test", "") })
        {
            answer.IsProblem(503);
            Assert.True(answer.RetryAfter > TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task Pbm_sees_no_token()
    {
        await _edge.PostAsync("/rules", Rule("1"));

        var rules = await _edge.ManageAsync(HttpMethod.Get, "/pbm/rules");

        Assert.Equal(200, rules.Status);
        Assert.Contains("discord.com", rules.Body);
        Assert.DoesNotContain("top-secret", rules.Body);
    }

    private static string Rule(string threshold) => $$"""{"metric_name":"packages-received","threshold":{{threshold}},"discord_webhook_url":"{{Webhook}}"}""";

    private Task<Answer> PutAsync(string id, string body)
        => _edge.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/rules/{id}") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private Task<Answer> DeleteAsync(string path) => _edge.SendAsync(new HttpRequestMessage(HttpMethod.Delete, path));
}
