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
    private readonly AlarmId? _episode;

    public AlarmKind Kind { get; init; } = AlarmKind.Triggered;

    /// <summary>The alarm that began what this one continues or ends: of a resolve, the first one raised since the condition turned true. An alarm that begins something names itself.</summary>
    public AlarmId Episode
    {
        get => _episode ?? Id;
        init => _episode = value == Id ? null : value;
    }

    /// <summary>Alarms that a cooldown kept back since the last notification.</summary>
    public long Suppressed { get; init; }

    /// <summary>What its rule wants when it resolves: a message that will be edited must be found again.</summary>
    public ResolveAction OnResolve { get; init; } = ResolveAction.Nothing;

    public ReceiverKind Receiver { get; init; } = ReceiverKind.Discord;

    /// <summary>Why it was decided; null where an older version wrote it.</summary>
    public AlarmEvidence? Evidence { get; init; }

    // The generated one would print the token.
    public override string ToString() => $"alarm {Id}: {Metric} is {Value:R} ({Comparison.Symbol(Operator)} {ThresholdText}) to {Webhook.Masked(WebhookUrl)}";
}

public enum AlarmKind
{
    Triggered,

    /// <summary>What was triggered does not hold any more.</summary>
    Resolved,

    /// <summary>The series fell silent. Never a recovery.</summary>
    Stale,

    /// <summary>A user asked for a message to see that it arrives; judged by nothing.</summary>
    Test,
}

/// <summary>(rule, partition, offset) as text: <c>{rule:N}-{incarnation}-{partition}-{offset}</c>.</summary>
public readonly record struct AlarmId(string Text)
{
    public static AlarmId Of(Guid rule, PartitionId partition, long offset) => new($"{rule:N}-{partition.Incarnation}-{partition.Partition}-{offset}");

    /// <summary>Silence: (rule, position of the series' last sample).</summary>
    public static AlarmId OfSilence(Guid rule, PartitionId partition, long lastOffset) => new($"{rule:N}-stale-{partition.Incarnation}-{partition.Partition}-{lastOffset}");

    public override string ToString() => Text;
}
