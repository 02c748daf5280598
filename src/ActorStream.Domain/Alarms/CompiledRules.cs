using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>The rules of one metric, ready for judging; made once per version of them.</summary>
internal sealed class CompiledRules
{
    private readonly double _quietLow = double.NegativeInfinity;
    private readonly double _quietHigh = double.PositiveInfinity;

    /// <param name="source">Rules as the view holds them.</param>
    /// <param name="slotOf">State of a rule, kept over versions.</param>
    public CompiledRules(MetricRules source, Func<Guid, RuleSlot> slotOf)
    {
        Source = source;
        Rules = [.. source.Rules.Select(r => new CompiledRule(r, slotOf(r.Rule.Id)))];
        foreach (var rule in Rules)
        {
            var (low, high) = QuietBand(rule.Operator, rule.Threshold);
            _quietLow = Math.Max(_quietLow, low);
            _quietHigh = Math.Min(_quietHigh, high);
        }
    }

    public MetricRules Source { get; }

    /// <summary>In order of position.</summary>
    public CompiledRule[] Rules { get; }

    /// <summary>How many of the first values no rule can match: two comparisons a value, however many rules there are.</summary>
    public int CountQuiet(ReadOnlySpan<double> values)
    {
        var count = 0;
        while (count < values.Length && values[count] >= _quietLow && values[count] <= _quietHigh)
            count++;
        return count;
    }

    /// <summary>Closed interval of values that do not match. Empty where they are no interval; a rule that must see every value (a window, a crossing) will have an empty one too.</summary>
    private static (double Low, double High) QuietBand(ComparisonOperator comparison, double threshold) => comparison switch
    {
        ComparisonOperator.Greater => (double.NegativeInfinity, threshold),
        ComparisonOperator.GreaterOrEqual => (double.NegativeInfinity, double.BitDecrement(threshold)),
        ComparisonOperator.Less => (threshold, double.PositiveInfinity),
        ComparisonOperator.LessOrEqual => (double.BitIncrement(threshold), double.PositiveInfinity),
        ComparisonOperator.NotEqual => (threshold, threshold),
        _ => (double.PositiveInfinity, double.NegativeInfinity),
    };
}

internal sealed class CompiledRule(VersionedRule version, RuleSlot slot)
{
    public readonly ComparisonOperator Operator = version.Rule.Operator;
    public readonly double Threshold = version.Rule.Threshold;
    public readonly long MadeAtMs = version.MadeAtMs;

    public VersionedRule Version { get; } = version;

    public Rule Rule => Version.Rule;

    public RuleSlot Slot { get; } = slot;

    /// <summary>Key of its alarms on their topic: one webhook, one partition, one order.</summary>
    public string NoticeKey { get; } = Webhook.KeyOf(version.Rule.WebhookUrl);
}

/// <summary>Running state of one rule over all its versions; slots by series join here.</summary>
internal sealed class RuleSlot
{
    /// <summary>Version that the state belongs to; another one re-arms.</summary>
    public long RulePosition;

    public long Raised;
    public long LastRaisedMs;
}
