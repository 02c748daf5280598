using ActorStream.Domain.Rules;

namespace ActorStream.Scenarios.Books;

/// <summary>What one rule demands of one metric's samples without tags, told one by one in the order of their partition: slow, and written from compatibility.md alone.</summary>
internal sealed class RuleReference(Rule rule)
{
    private readonly List<(long TimeMs, double Value)> _samples = [];
    private bool _held;
    private long? _notifiedMs;

    /// <summary>The value an alarm must show, or null for none.</summary>
    public double? Judge(long timeMs, double sample)
    {
        _samples.Add((timeMs, sample));
        var value = rule.WindowMs is { } windowMs ? _samples.Where(s => s.TimeMs > timeMs - windowMs && s.TimeMs <= timeMs).Average(s => s.Value) : sample;
        if (rule.WindowMs is { } width)
            _samples.RemoveAll(s => s.TimeMs <= timeMs - width);
        else
            _samples.Clear();
        var (held, holds) = (_held, Holds(value));
        _held = holds;
        if (!holds || (rule.Trigger == RuleTrigger.Crossing && held) || (_notifiedMs is { } last && timeMs - last < rule.CooldownMs))
            return null;
        _notifiedMs = timeMs;
        return value;
    }

    private bool Holds(double value) => rule.Operator switch
    {
        ComparisonOperator.Greater => value > rule.Threshold,
        ComparisonOperator.GreaterOrEqual => value >= rule.Threshold,
        ComparisonOperator.Less => value < rule.Threshold,
        _ => throw new NotSupportedException($"No scenario makes a rule with {rule.Operator}."),
    };
}
