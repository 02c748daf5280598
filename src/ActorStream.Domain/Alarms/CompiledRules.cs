using System.Runtime.CompilerServices;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>The enabled rules of one metric, ready for judging; made once per version of them. Hot path.</summary>
/// <remarks>A rule is plain when a sample for which its operator does not hold means nothing to it; tags and a cooldown of the whole rule change nothing about that.</remarks>
internal sealed class CompiledRules
{
    /// <summary>Below it, comparing with each is faster than searching.</summary>
    private const int IndexMin = 16;

    private readonly double _quietLow = double.NegativeInfinity;
    private readonly double _quietHigh = double.PositiveInfinity;
    private readonly ThresholdIndex? _index;
    private readonly int[] _followed;
    private readonly int[] _visited;

    /// <param name="source">Rules as the view holds them.</param>
    /// <param name="slotOf">State of a rule, kept over versions.</param>
    public CompiledRules(MetricRules source, Func<Guid, RuleSlot> slotOf)
    {
        Source = source;
        Rules = [.. source.Rules.Where(r => r.Rule.Enabled).Select(r => new CompiledRule(r, slotOf(r.Rule.Id)))];
        HasWindows = Array.Exists(Rules, r => r.WindowMs > 0);
        _followed = [.. Enumerable.Range(0, Rules.Length).Where(i => Rules[i].IsFollowed)];
        _visited = new int[Rules.Length];
        if (Rules.Length - _followed.Length >= IndexMin)
            _index = new ThresholdIndex(Enumerable.Range(0, Rules.Length).Where(i => !Rules[i].IsFollowed).Select(i => (i, Rules[i].Operator, Rules[i].Threshold)));
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

    /// <summary>Some rule must see every sample.</summary>
    public bool HasWindows { get; }

    /// <summary>How many of the first values no operator holds for: two comparisons a value, however many rules there are.</summary>
    public int CountQuiet(ReadOnlySpan<double> values)
    {
        var count = 0;
        while (count < values.Length && values[count] >= _quietLow && values[count] <= _quietHigh)
            count++;
        return count;
    }

    /// <summary>Which rules must look at a sample, by index, in order of position; valid until the next call.</summary>
    public ReadOnlySpan<int> Visit(double value)
    {
        var count = 0;
        if (_index is null)
        {
            for (var i = 0; i < Rules.Length; i++)
            {
                if (Rules[i].IsFollowed || Comparison.Holds(Rules[i].Operator, value, Rules[i].Threshold))
                    _visited[count++] = i;
            }
            return _visited.AsSpan(0, count);
        }
        count = _index.Find(value, _visited);
        _followed.CopyTo(_visited.AsSpan(count));
        count += _followed.Length;
        var visited = _visited.AsSpan(0, count);
        visited.Sort();
        return visited;
    }

    /// <summary>Closed interval of values that do not match. Empty where they are no interval.</summary>
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
    public readonly long WindowMs = version.Rule.WindowMs ?? 0;
    public readonly ClearCondition? Clear = version.Rule.ClearWhen;

    /// <summary>Null: any series.</summary>
    public readonly TagFilter? Tags = version.Rule.Tags.Conditions.Count == 0 ? null : version.Rule.Tags;

    /// <summary>Knows whether the condition held before a sample.</summary>
    public readonly bool KeepsRun = version.Rule.KeepsRun();

    public readonly bool CoolsBySeries = version.Rule is { CooldownMs: > 0, CooldownScope: CooldownScope.Series };

    public VersionedRule Version { get; } = version;

    public Rule Rule => Version.Rule;

    public RuleSlot Slot { get; } = slot;

    /// <summary>Has state by series.</summary>
    public bool IsFollowed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => WindowMs > 0 || KeepsRun || CoolsBySeries;
    }

    /// <summary>Key of its alarms on their topic: one webhook, one partition, one order.</summary>
    public string NoticeKey { get; } = Webhook.KeyOf(version.Rule.WebhookUrl);

    public bool Holds(double value) => Comparison.Holds(Operator, value, Threshold);

    /// <summary>Whether the condition is true after a value, given whether it was before: with a clear condition, what began goes on until that holds.</summary>
    public bool GoesOn(bool isHolding, bool holds, double value) =>
        isHolding && Clear is { } clear ? !Comparison.Holds(clear.Operator, value, clear.Threshold) : holds;
}
