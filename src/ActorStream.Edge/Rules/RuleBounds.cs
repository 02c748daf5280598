using ActorStream.Domain.Rules;

namespace ActorStream.Edge.Rules;

/// <summary>How many rules there may be: every node holds all of them, and a sample is judged by all of its metric.</summary>
internal static class RuleBounds
{
    public const int RulesMax = 100_000;
    public const int RulesPerMetricMax = 10_000;

    /// <summary>Null: there is room for one more.</summary>
    public static string? WhyNotOneMore(RuleBook book, Rule rule) => WhyNotOneMore(book, rule, RulesMax, RulesPerMetricMax);

    /// <summary>Null: it stays with its metric, or there is room in the other.</summary>
    public static string? WhyNotMoved(RuleBook book, Rule before, Rule after)
        => before.MetricName == after.MetricName ? null : WhyNotOneMore(book, after, int.MaxValue, RulesPerMetricMax);

    internal static string? WhyNotOneMore(RuleBook book, Rule rule, int rulesMax, int perMetricMax)
    {
        if (book.For(rule.MetricName) is { } here && here.Rules.Count >= perMetricMax)
            return $"The metric has {here.Rules.Count} rules; at most {perMetricMax} are taken for one metric. Delete some, or put several thresholds into fewer rules.";
        return book.Rules.Skip(rulesMax - 1).Any() ? $"There are {rulesMax} rules or more; at most {rulesMax} are taken. Delete some." : null;
    }
}
