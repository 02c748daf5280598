using ActorStream.Domain.Records;

namespace ActorStream.Domain.Rules;

public enum ComparisonOperator
{
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Equal,
    NotEqual,
}

/// <summary>A rule as users write it (compatibility.md 1.3). Windows, crossing, cooldown and tags join as further members.</summary>
/// <param name="Threshold">Finite.</param>
/// <param name="ThresholdText">The threshold's JSON number as it was written, for replies and messages.</param>
/// <param name="WebhookUrl">A secret: its last path segments are a token.</param>
public sealed record Rule(Guid Id, string MetricName, double Threshold, string ThresholdText, ComparisonOperator Operator, string WebhookUrl)
{
    // The generated one would print the token.
    public override string ToString() => $"rule {Id}: {MetricName} {Comparison.Symbol(Operator)} {ThresholdText} to {Webhook.Masked(WebhookUrl)}";
}

/// <summary>A rule as the log holds it.</summary>
/// <param name="Position">Offset of this version in the <c>rules</c> topic; rises with every change of any rule.</param>
/// <param name="MadeAtMs">When this version became durable, epoch milliseconds; samples appended before are not judged by it (protocol.md rule 26).</param>
public sealed record VersionedRule(Rule Rule, long Position, long MadeAtMs);

/// <summary>All rules of one metric at one moment. Immutable.</summary>
/// <param name="Position">The highest position among changes of this metric's rules, deletions included; never falls.</param>
/// <param name="Rules">In order of position.</param>
public sealed record MetricRules(long Position, IReadOnlyList<VersionedRule> Rules)
{
    public static readonly MetricRules None = new(PartitionId.None, []);
}
