namespace ActorStream.Domain.Rules;

/// <summary>Whether one value can begin and end an alarm at once.</summary>
public static class ConditionOverlap
{
    /// <summary>A finite value for which the operator and the clear condition both hold; null when there is none.</summary>
    public static double? Find(ComparisonOperator comparison, double threshold, ClearCondition clear)
    {
        // Each condition holds on one side of its threshold, at it, or both: the thresholds, their neighbours and the ends meet every case.
        foreach (var value in (double[])
            [threshold, clear.Threshold, double.BitIncrement(threshold), double.BitDecrement(threshold),
             double.BitIncrement(clear.Threshold), double.BitDecrement(clear.Threshold), double.MaxValue, double.MinValue])
        {
            if (double.IsFinite(value) && Comparison.Holds(comparison, value, threshold) && Comparison.Holds(clear.Operator, value, clear.Threshold))
                return value;
        }
        return null;
    }
}
