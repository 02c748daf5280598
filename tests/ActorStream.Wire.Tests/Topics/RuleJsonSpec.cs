using System.Text;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Topics;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class RuleJsonSpec
{
    private const string Webhook = "https://discord.com/api/webhooks/123/secret-token";
    private static readonly Guid Id = Guid.Parse("6f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0");

    [Fact]
    public void The_minimal_request_gets_exactly_the_minimal_reply()
    {
        var reading = Parse($$"""{"metric_name":"received-packages","threshold":500,"discord_webhook_url":"{{Webhook}}"}""");

        Assert.Equal(new Rule(Id, "received-packages", 500, "500", ComparisonOperator.Greater, Webhook), reading.Rule);
        Assert.Equal(
            $$"""{"id":"{{Id}}","metric_name":"received-packages","threshold":500,"discord_webhook_url":"{{Webhook}}"}""",
            Encoding.UTF8.GetString(RuleJson.Write(reading.Rule!)));
    }

    [Theory]
    [InlineData(">", ComparisonOperator.Greater)]
    [InlineData("<", ComparisonOperator.Less)]
    [InlineData(">=", ComparisonOperator.GreaterOrEqual)]
    [InlineData("<=", ComparisonOperator.LessOrEqual)]
    [InlineData("==", ComparisonOperator.Equal)]
    [InlineData("!=", ComparisonOperator.NotEqual)]
    public void A_rule_comes_back_from_the_topic_equal(string text, ComparisonOperator comparison)
    {
        var rule = new Rule(Id, "größe \"x\" & <y> 🚀", -0.10, "-0.10", comparison, Webhook + "?a=1&b=2");

        var value = RuleJson.Write(rule);

        Assert.Equal(rule, RuleJson.Parse(value, null).Rule);
        Assert.Equal(comparison != ComparisonOperator.Greater, Encoding.UTF8.GetString(value).EndsWith($",\"operator\":\"{text}\"}}", StringComparison.Ordinal));
        Assert.Equal(comparison, OperatorText.Parse(Comparison.Symbol(comparison)));
    }

    [Fact]
    public void An_id_in_a_request_is_ignored_and_on_the_topic_it_is_read()
    {
        var other = Guid.NewGuid();
        var body = Encoding.UTF8.GetBytes($$"""{"id":"{{other}}",{{Needed}}}""");

        Assert.Equal(Id, RuleJson.Parse(body, Id).Rule!.Id);
        Assert.Equal(other, RuleJson.Parse(body, null).Rule!.Id);
        Assert.Equal("id", RuleJson.Parse(Encoding.UTF8.GetBytes($$"""{{{Needed}}}"""), null).Faults.Single().Member);
        Assert.NotNull(RuleJson.Parse("{\"id\":7,"u8.ToArray().Concat(Encoding.UTF8.GetBytes(Needed + "}")).ToArray(), Id).Rule);
    }

    [Theory]
    [InlineData("\"type\":\"instantaneous\",\"trigger\":\"every\",\"cooldown_seconds\":0,\"cooldown_scope\":\"rule\",\"window_duration_seconds\":0,\"tags\":{}")]
    [InlineData("\"type\":null,\"trigger\":null,\"cooldown_seconds\":0.0,\"cooldown_scope\":\"series\",\"window_duration_seconds\":null,\"tags\":null")]
    [InlineData("\"operator\":null,\"unknown\":{\"a\":[1]}")]
    public void Members_at_their_default_and_unknown_members_change_nothing(string members)
    {
        var reading = Parse($$"""{{{Needed}},{{members}}}""");

        Assert.Empty(reading.Faults);
        Assert.Equal(Parse($$"""{{{Needed}}}""").Rule, reading.Rule);
    }

    [Theory]
    [InlineData("\"metric_name\":\"\"", "metric_name", "0 bytes")]
    [InlineData("\"metric_name\":5", "metric_name", "Number")]
    [InlineData("\"metric_name\":null", "metric_name", "missing")]
    [InlineData("\"metric_name\":\"a\\nb\"", "metric_name", "control")]
    [InlineData("\"metric_name\":\"a\\u0085\"", "metric_name", "control")]
    [InlineData("\"metric_name\":\"\\ud800\"", "metric_name", "surrogate")]
    [InlineData("\"threshold\":\"500\"", "threshold", "\"500\"")]
    [InlineData("\"threshold\":null", "threshold", "missing")]
    [InlineData("\"threshold\":true", "threshold", "true")]
    [InlineData("\"threshold\":1e999", "threshold", "finite")]
    [InlineData("\"threshold\":-1e99999999999", "threshold", "finite")]
    [InlineData("\"discord_webhook_url\":null", "discord_webhook_url", "missing")]
    [InlineData("\"discord_webhook_url\":[]", "discord_webhook_url", "Array")]
    [InlineData("\"operator\":\"=>\"", "operator", "> < >= <= == !=")]
    [InlineData("\"operator\":\"\\ud800\"", "operator", "one of")]
    [InlineData("\"operator\":1", "operator", "one of")]
    [InlineData("\"type\":\"window_average\"", "type", "does not judge it yet")]
    [InlineData("\"trigger\":\"crossing\"", "trigger", "does not judge it yet")]
    [InlineData("\"cooldown_seconds\":10", "cooldown_seconds", "does not judge it yet")]
    [InlineData("\"cooldown_seconds\":\"0\"", "cooldown_seconds", "only 0")]
    [InlineData("\"cooldown_scope\":\"metric\"", "cooldown_scope", "rule or series")]
    [InlineData("\"window_duration_seconds\":60", "window_duration_seconds", "does not judge it yet")]
    [InlineData("\"tags\":{\"a\":1}", "tags", "does not judge it yet")]
    [InlineData("\"tags\":[]", "tags", "only {}")]
    public void A_bad_member_is_refused_by_its_name(string member, string name, string part)
    {
        var reading = Parse($$"""{{{Needed}},{{member}}}""");

        Assert.Null(reading.Rule);
        Assert.True(reading.IsJson);
        var fault = Assert.Single(reading.Faults);
        Assert.Equal(name, fault.Member);
        Assert.Contains(part, fault.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var reading = Parse("""{"threshold":"x","operator":"~","type":"window_average","window_duration_seconds":5,"tags":{"a":"b"}}""");

        Assert.Equal(["metric_name", "threshold", "discord_webhook_url", "operator", "type", "window_duration_seconds", "tags"], reading.Faults.Select(static f => f.Member));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void A_metric_name_has_at_most_200_bytes(int bytes, bool isAccepted) =>
        Assert.Equal(isAccepted, Parse($$"""{{{Needed}},"metric_name":"{{new string('é', bytes / 2)}}{{new string('e', bytes % 2)}}"}""").Rule is not null);

    [Theory]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("{} {}", false)]
    [InlineData("{\"threshold\":NaN}", false)]
    [InlineData("[]", true)]
    [InlineData("null", true)]
    public void A_body_that_is_no_object_is_one_fault(string body, bool isJson)
    {
        var reading = Parse(body);

        Assert.Equal(isJson, reading.IsJson);
        Assert.Equal("", reading.Faults.Single().Member);
    }

    [Fact]
    public void A_masked_rule_holds_no_token()
    {
        var rule = Parse($$"""{{{Needed}}}""").Rule!;

        var masked = Encoding.UTF8.GetString(RuleJson.WriteMasked(rule));

        Assert.Contains("https://discord.com/api/webhooks/123/***", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", masked, StringComparison.Ordinal);
    }

    private static string Needed => $"\"metric_name\":\"received-packages\",\"threshold\":500,\"discord_webhook_url\":\"{Webhook}\"";

    private static RuleReading Parse(string body) => RuleJson.Parse(Encoding.UTF8.GetBytes(body), Id);
}
