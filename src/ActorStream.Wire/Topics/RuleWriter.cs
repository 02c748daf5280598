using System.Text.Json;
using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>Writes a rule: the four members of the first version, then those that are not at their default.</summary>
internal static class RuleWriter
{
    public static void Write(Utf8JsonWriter writer, Rule rule, string webhookUrl)
    {
        writer.WriteStartObject();
        writer.WriteString("id", rule.Id);
        writer.WriteString("metric_name", rule.MetricName);
        writer.WritePropertyName("threshold");
        writer.WriteRawValue(rule.ThresholdText);
        writer.WriteString(rule.Receiver == ReceiverKind.Json ? "webhook_url" : "discord_webhook_url", webhookUrl);
        if (rule.Operator != ComparisonOperator.Greater)
            writer.WriteString("operator", Comparison.Symbol(rule.Operator));
        if (rule.WindowMs is { } windowMs)
        {
            writer.WriteString("type", "window_average");
            WriteSeconds(writer, "window_duration_seconds", windowMs);
        }
        if (rule.CooldownMs != 0)
            WriteSeconds(writer, "cooldown_seconds", rule.CooldownMs);
        if (rule.CooldownScope != CooldownScope.Rule)
            writer.WriteString("cooldown_scope", "series");
        if (rule.Trigger != RuleTrigger.Every)
            writer.WriteString("trigger", "crossing");
        if (rule.Tags.Conditions.Count > 0)
            WriteTags(writer, rule.Tags);
        WriteRest(writer, rule);
        writer.WriteEndObject();
    }

    private static void WriteRest(Utf8JsonWriter writer, Rule rule)
    {
        if (!rule.Enabled)
            writer.WriteBoolean("enabled", false);
        if (rule.ClearWhen is { } clear)
        {
            writer.WriteStartObject("clear_when");
            writer.WriteString("operator", Comparison.Symbol(clear.Operator));
            writer.WritePropertyName("threshold");
            writer.WriteRawValue(clear.ThresholdText);
            writer.WriteEndObject();
        }
        if (rule.ForMs != 0)
            WriteSeconds(writer, "for_seconds", rule.ForMs);
        if (rule.StaleAfterMs is { } staleMs)
            WriteSeconds(writer, "stale_after_seconds", staleMs);
        if (!rule.RaisesStale)
            writer.WriteString("on_stale", "nothing");
        if (rule.OnResolve != ResolveAction.Nothing)
            writer.WriteString("on_resolve", rule.OnResolve == ResolveAction.Edit ? "edit" : "message");
    }

    // A number written as one comes back as its text: both compare with tags as text.
    private static void WriteTags(Utf8JsonWriter writer, TagFilter tags)
    {
        writer.WriteStartObject("tags");
        foreach (var condition in tags.Conditions)
        {
            writer.WritePropertyName(condition.Name);
            if (condition.IsScalar)
            {
                writer.WriteStringValue(condition.Values[0]);
                continue;
            }
            writer.WriteStartArray();
            foreach (var value in condition.Values)
                writer.WriteStringValue(value);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    // Whole seconds stay whole numbers.
    private static void WriteSeconds(Utf8JsonWriter writer, string member, long ms)
    {
        if (ms % 1_000 == 0)
            writer.WriteNumber(member, ms / 1_000);
        else
            writer.WriteNumber(member, ms / 1_000m);
    }
}
