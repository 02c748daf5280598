using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>Reads comparison operators as users write them; <see cref="Comparison.Symbol"/> writes them.</summary>
public static class OperatorText
{
    public const string Allowed = "> < >= <= == !=";

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
