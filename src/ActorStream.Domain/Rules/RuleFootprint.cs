using System.Globalization;
using System.Text;

namespace ActorStream.Domain.Rules;

/// <summary>What of a rule its running state depends on: kept beside the state, so that a later version can tell what still fits it.</summary>
/// <param name="Condition">Operator, threshold and clear condition as one text; equal texts judge alike.</param>
/// <param name="Tags">The filter as one text.</param>
/// <param name="WindowMs">0: no window.</param>
public sealed record RuleFootprint(string Condition, string Tags, long WindowMs, CooldownScope CooldownScope, bool Enabled)
{
    public static RuleFootprint Of(Rule rule) => new(ConditionOf(rule), TagsOf(rule.Tags), rule.WindowMs ?? 0, rule.CooldownScope, rule.Enabled);

    private static string ConditionOf(Rule rule)
    {
        var begins = Of(rule.Operator, rule.Threshold);
        return rule.ClearWhen is { } clear ? $"{begins} until {Of(clear.Operator, clear.Threshold)}" : begins;
    }

    private static string Of(ComparisonOperator comparison, double threshold) => string.Create(CultureInfo.InvariantCulture, $"{Comparison.Symbol(comparison)} {threshold:R}");

    // With lengths, since names and values may hold any separator. Order and form of the values change nothing that matches.
    private static string TagsOf(TagFilter tags)
    {
        var text = new StringBuilder();
        foreach (var condition in tags.Conditions)
        {
            Append(text, condition.Name).Append('=');
            foreach (var value in condition.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                Append(text, value).Append('|');
        }
        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, string part) => text.Append(part.Length).Append(':').Append(part);
}
