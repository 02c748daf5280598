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
    [InlineData("\"enabled\":true,\"for_seconds\":0,\"stale_after_seconds\":null,\"on_stale\":\"alarm\",\"on_resolve\":\"nothing\",\"clear_when\":null,\"webhook_url\":null")]
    [InlineData("\"type\":null,\"trigger\":null,\"cooldown_seconds\":0.0,\"cooldown_scope\":null,\"window_duration_seconds\":null,\"tags\":null")]
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
    [InlineData("\"type\":\"window_average\"", "window_duration_seconds", "needs one of")]
    [InlineData("\"type\":\"average\"", "type", "instantaneous, window_average")]
    [InlineData("\"type\":\"instantaneous\",\"window_duration_seconds\":5", "window_duration_seconds", "no window")]
    [InlineData("\"type\":\"window_average\",\"window_duration_seconds\":0", "window_duration_seconds", "needs one of")]
    [InlineData("\"window_duration_seconds\":-1", "window_duration_seconds", "0.001 to 315360000")]
    [InlineData("\"window_duration_seconds\":315360001", "window_duration_seconds", "0.001 to 315360000")]
    [InlineData("\"window_duration_seconds\":0.0005", "window_duration_seconds", "whole milliseconds")]
    [InlineData("\"window_duration_seconds\":1e999", "window_duration_seconds", "1e999")]
    [InlineData("\"trigger\":\"cross\"", "trigger", "every, crossing")]
    [InlineData("\"cooldown_seconds\":\"0\"", "cooldown_seconds", "\"0\"")]
    [InlineData("\"cooldown_seconds\":1.0005", "cooldown_seconds", "whole milliseconds")]
    [InlineData("\"cooldown_scope\":\"metric\"", "cooldown_scope", "rule, series")]
    [InlineData("\"enabled\":\"yes\"", "enabled", "true or false")]
    [InlineData("\"for_seconds\":-5", "for_seconds", "-5")]
    [InlineData("\"stale_after_seconds\":0.5", "stale_after_seconds", "at least 1")]
    [InlineData("\"on_stale\":\"silence\"", "on_stale", "alarm, nothing")]
    [InlineData("\"on_resolve\":\"delete\"", "on_resolve", "nothing, message, edit")]
    [InlineData("\"tags\":[]", "tags", "object")]
    [InlineData("\"tags\":{\"a\":[]}", "tags", "0 values")]
    [InlineData("\"tags\":{\"a\":true}", "tags", "true")]
    [InlineData("\"tags\":{\"a\":[\"b\",{}]}", "tags", "{}")]
    [InlineData("\"tags\":{\"\\ud800\":1}", "tags", "surrogate")]
    [InlineData("\"clear_when\":5", "clear_when", "object")]
    [InlineData("\"clear_when\":{\"threshold\":1}", "clear_when.operator", "missing")]
    [InlineData("\"clear_when\":{\"operator\":\"<\"}", "clear_when.threshold", "missing")]
    [InlineData("\"clear_when\":{\"operator\":\"=<\",\"threshold\":1}", "clear_when.operator", "one of")]
    [InlineData("\"clear_when\":{\"operator\":\"<\",\"threshold\":501}", "clear_when", "both hold for 500.00000000000006")]
    [InlineData("\"clear_when\":{\"operator\":\"!=\",\"threshold\":7}", "clear_when", "both hold for 500.00000000000006")]
    [InlineData("\"webhook_url\":\"https://example.org/hook\"", "webhook_url", "both given")]
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
    public void Every_member_is_read_and_written_in_order()
    {
        const string rest = """
            "operator":">=","type":"window_average","window_duration_seconds":0.5,"cooldown_seconds":10,"cooldown_scope":"series","trigger":"crossing","tags":{"a":"1","b":["x","y"]},"enabled":false,"clear_when":{"operator":"<","threshold":450.0},"for_seconds":60,"stale_after_seconds":90,"on_stale":"nothing","on_resolve":"edit"
            """;
        var body = $$"""{"id":"{{Id}}",{{Needed}},{{rest.Trim()}}}""";

        var rule = Parse(body).Rule!;

        Assert.Equal(body, Encoding.UTF8.GetString(RuleJson.Write(rule)));
        Assert.Equal((500L, 10_000L, 60_000L, 90_000L, false, false), (rule.WindowMs, rule.CooldownMs, rule.ForMs, rule.StaleAfterMs, rule.RaisesStale, rule.Enabled));
        Assert.Equal((CooldownScope.Series, RuleTrigger.Crossing, ResolveAction.Edit, ReceiverKind.Discord), (rule.CooldownScope, rule.Trigger, rule.OnResolve, rule.Receiver));
        Assert.Equal(new ClearCondition(ComparisonOperator.Less, 450, "450.0"), rule.ClearWhen);
        Assert.Equal(new TagFilter([new TagCondition("b", ["x", "y"], false), new TagCondition("a", ["1"], true)]), rule.Tags);
    }

    [Fact]
    public void A_window_without_a_type_is_an_average_and_a_number_as_tag_is_its_text()
    {
        var rule = Parse($$"""{{{Needed}},"window_duration_seconds":60,"tags":{"machine_id":12354,"zone":[1.50,"b"]} }""").Rule!;

        Assert.Equal(60_000, rule.WindowMs);
        Assert.Equal(["12354", "1.50", "b"], rule.Tags.Conditions.SelectMany(static c => c.Values));
    }

    [Fact]
    public void A_webhook_url_makes_a_generic_receiver_that_can_edit_nothing()
    {
        const string start = """{"metric_name":"m","threshold":1,"webhook_url":"https://hooks.example.org/secret-token" """;

        var rule = Parse(start + ""","on_resolve":"message"}""").Rule!;
        var fault = Assert.Single(Parse(start + ""","on_resolve":"edit"}""").Faults);

        Assert.Equal(ReceiverKind.Json, rule.Receiver);
        Assert.Equal(rule, RuleJson.Parse(RuleJson.Write(rule), null).Rule);
        Assert.DoesNotContain("secret-token", Encoding.UTF8.GetString(RuleJson.WriteMasked(rule)), StringComparison.Ordinal);
        Assert.Contains("cannot be changed", fault.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, 100, true)]
    [InlineData(33, 1, false)]
    [InlineData(1, 101, false)]
    public void Tags_are_bounded(int names, int values, bool isAccepted)
    {
        var list = string.Join(',', Enumerable.Range(0, values));
        var tags = string.Join(',', Enumerable.Range(0, names).Select(n => $"\"t{n}\":[{list}]"));

        Assert.Equal(isAccepted, Parse($$"""{{{Needed}},"tags":{ {{tags}} } }""").Rule is not null);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var reading = Parse("""{"threshold":"x","operator":"~","type":"window_average","enabled":0,"cooldown_seconds":-1,"tags":{"a":null},"clear_when":{},"on_resolve":1}""");

        Assert.Equal(
            ["metric_name", "threshold", "discord_webhook_url", "operator", "enabled", "window_duration_seconds", "cooldown_seconds", "tags", "clear_when.operator", "clear_when.threshold", "on_resolve"], reading.Faults.Select(static f => f.Member));
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
