using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>What stands on the <c>alarms</c> topic: one alarm, whole, so that its readers need nothing else (the rule may be gone by then).</summary>
/// <param name="Id">Deterministic: the same sample judged by the same rule gives the same id in every replay.</param>
/// <param name="RulePosition">Version of the rule that judged: its offset in the <c>rules</c> topic.</param>
/// <param name="Cause">The sample's partition and offset.</param>
/// <param name="Value">What was compared: the sample's value, or the average for <c>window_average</c>.</param>
/// <param name="ThresholdText">The threshold as it was written in the rule (integers stay integers).</param>
/// <param name="TimeMs">The sample's own time, epoch milliseconds.</param>
/// <param name="AppendTimeMs">When the sample became durable, epoch milliseconds.</param>
/// <param name="WebhookUrl">A secret: never printed, masked where shown.</param>
public sealed record AlarmRecord(
    AlarmId Id, Guid RuleId, long RulePosition, string Metric, SeriesKey Series, AppliedOffset Cause, double Value, ComparisonOperator Operator, string ThresholdText,
    long TimeMs, long AppendTimeMs, string WebhookUrl) : IOutput
{
    // The generated one would print the token.
    public override string ToString() => $"alarm {Id}: {Metric} is {Value:R} ({Comparison.Symbol(Operator)} {ThresholdText}) to {Webhook.Masked(WebhookUrl)}";
}

/// <summary>(rule, partition, offset) as text: <c>{rule:N}-{incarnation}-{partition}-{offset}</c>.</summary>
public readonly record struct AlarmId(string Text)
{
    public static AlarmId Of(Guid rule, PartitionId partition, long offset) => new($"{rule:N}-{partition.Incarnation}-{partition.Partition}-{offset}");

    public override string ToString() => Text;
}
