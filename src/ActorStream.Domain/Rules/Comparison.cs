using System.Runtime.CompilerServices;

namespace ActorStream.Domain.Rules;

/// <summary>What each operator means, and how it is written and said.</summary>
public static class Comparison
{
    /// <summary>IEEE 754 comparison as the operator says: strict where it is strict, no tolerance; a value that is not a number differs from everything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(ComparisonOperator comparison, double value, double threshold) => comparison switch
    {
        ComparisonOperator.Greater => value > threshold,
        ComparisonOperator.Less => value < threshold,
        ComparisonOperator.GreaterOrEqual => value >= threshold,
        ComparisonOperator.LessOrEqual => value <= threshold,
        ComparisonOperator.Equal => value == threshold,
        ComparisonOperator.NotEqual => value != threshold,
        _ => throw Unknown(comparison),
    };

    /// <summary>As users write it in a rule.</summary>
    public static string Symbol(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Greater => ">",
        ComparisonOperator.Less => "<",
        ComparisonOperator.GreaterOrEqual => ">=",
        ComparisonOperator.LessOrEqual => "<=",
        ComparisonOperator.Equal => "==",
        ComparisonOperator.NotEqual => "!=",
        _ => throw Unknown(comparison),
    };

    /// <summary>Completes "508 which … the rule threshold (500)".</summary>
    public static string Phrase(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Greater => "exceeds",
        ComparisonOperator.Less => "is below",
        ComparisonOperator.GreaterOrEqual => "reaches or exceeds",
        ComparisonOperator.LessOrEqual => "is at or below",
        ComparisonOperator.Equal => "equals",
        ComparisonOperator.NotEqual => "differs from",
        _ => throw Unknown(comparison),
    };

    private static ArgumentOutOfRangeException Unknown(ComparisonOperator comparison) => new(nameof(comparison), comparison, "not an operator of rules");
}
