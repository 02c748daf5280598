using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>Comparison operators as users write them.</summary>
public static class OperatorText
{
    public const string Allowed = "> < >= <= == !=";

    public static string Of(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Greater => ">",
        ComparisonOperator.Less => "<",
        ComparisonOperator.GreaterOrEqual => ">=",
        ComparisonOperator.LessOrEqual => "<=",
        ComparisonOperator.Equal => "==",
        ComparisonOperator.NotEqual => "!=",
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "This operator has no text."),
    };

    /// <summary>Null when it is none of <see cref="Allowed"/>.</summary>
    public static ComparisonOperator? Parse(string text) => text switch
    {
        ">" => ComparisonOperator.Greater,
        "<" => ComparisonOperator.Less,
        ">=" => ComparisonOperator.GreaterOrEqual,
        "<=" => ComparisonOperator.LessOrEqual,
        "==" => ComparisonOperator.Equal,
        "!=" => ComparisonOperator.NotEqual,
        _ => null,
    };
}
