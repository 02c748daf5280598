using System.Text;
using System.Text.Json.Nodes;
using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Rules;

/// <summary>The header <c>Rule-State-Reset</c> of the reply to PUT.</summary>
public sealed class StateResetTests : IAsyncLifetime
{
    private const string Crossing = "crossing; because=\"any change of a rule re-arms it\"";

    /// <summary>Has every state that a rule can have.</summary>
    private const string Whole = """
        {"metric_name":"cpu","threshold":5,"type":"window_average","window_duration_seconds":10,"for_seconds":1,"trigger":"crossing","cooldown_seconds":5,"on_resolve":"message","discord_webhook_url":"https://discord.com/api/webhooks/1/t"}
        """;

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("""{}""", Crossing)]
    [InlineData("""{"discord_webhook_url":"https://discord.com/api/webhooks/2/t"}""", Crossing)]
    [InlineData("""{"threshold":6}""", Crossing + ", for; because=\"operator, threshold or clear_when changed\"")]
    [InlineData("""{"window_duration_seconds":20}""", "window; because=\"window_duration_seconds or type changed\", " + Crossing + ", for; because=\"window_duration_seconds or type changed\"")]
    [InlineData("""{"type":"instantaneous","window_duration_seconds":null}""", "window; because=\"window_duration_seconds or type changed\", " + Crossing + ", for; because=\"window_duration_seconds or type changed\"")]
    [InlineData("""{"tags":{"host":"a"}}""", "window; because=\"tags changed\", " + Crossing + ", for; because=\"tags changed\"")]
    [InlineData("""{"cooldown_scope":"series"}""", Crossing + ", cooldown; because=\"cooldown_scope changed to series: when each series was last notified is not known\"")]
    [InlineData("""{"enabled":false}""", Crossing + ", for; because=\"enabled changed: nobody saw whether the condition held meanwhile\"")]
    [InlineData("""{"trigger":"every","for_seconds":0,"on_resolve":null}""", Crossing + ", for; because=\"the rule does not follow how long its condition holds any more\"")]
    public async Task The_reply_to_PUT_names_each_state_that_begins_anew_and_why(string change, string header)
    {
        var answer = await ChangeAsync(Whole, change);

        Assert.Equal(200, answer.Status);
        Assert.Equal(header, answer.StateReset);
    }

    [Fact]
    public async Task A_rule_that_moves_to_another_metric_leaves_all_its_states_behind()
    {
        var answer = await ChangeAsync(Whole, """{"metric_name":"disk"}""");

        Assert.Equal(string.Join(", ", new[] { "window", "crossing", "for", "cooldown" }.Select(s => $"{s}; because=\"metric_name changed: its state stays with the metric it was about\"")), answer.StateReset);
    }

    [Fact]
    public async Task A_rule_without_any_state_has_none_to_reset_whatever_changes()
        => Assert.Equal("none", (await ChangeAsync("""{"metric_name":"m","threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""", """{"metric_name":"n","threshold":2}""")).StateReset);

    [Fact]
    public async Task Only_the_reply_to_a_change_has_the_header()
    {
        var made = await _edge.PostAsync("/rules", Whole);

        Assert.Null(made.StateReset);
        Assert.Null((await _edge.GetAsync($"/rules/{made.Json.GetProperty("id").GetString()}")).StateReset);
    }

    /// <param name="change">Members to set; null takes one away.</param>
    private async Task<Answer> ChangeAsync(string rule, string change)
    {
        var id = (await _edge.PostAsync("/rules", rule)).Json.GetProperty("id").GetString();
        var changed = JsonNode.Parse(rule)!.AsObject();
        foreach (var (member, value) in JsonNode.Parse(change)!.AsObject())
        {
            changed.Remove(member);
            if (value is not null)
                changed[member] = value.DeepClone();
        }
        return await _edge.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/rules/{id}") { Content = new StringContent(changed.ToJsonString(), Encoding.UTF8, "application/json") });
    }
}
