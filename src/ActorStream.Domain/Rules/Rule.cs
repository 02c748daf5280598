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

/// <summary>A rule as users write it (compatibility.md 1.3). What is left out has its default here; two rules are equal when they say the same.</summary>
/// <param name="Threshold">Finite.</param>
/// <param name="ThresholdText">The threshold's JSON number as it was written, for replies and messages.</param>
/// <param name="WebhookUrl">A secret: its last path segments are a token.</param>
public sealed record Rule(Guid Id, string MetricName, double Threshold, string ThresholdText, ComparisonOperator Operator, string WebhookUrl)
{
    /// <summary>False: it judges nothing; its state stays as it is.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Trailing window (t - d, t] of a <c>window_average</c>, milliseconds, at least 1; null: <c>instantaneous</c>.</summary>
    public long? WindowMs { get; init; }

    /// <summary>By sample time, milliseconds, at least 0; exactly that long after a notification the next one is allowed.</summary>
    public long CooldownMs { get; init; }

    public CooldownScope CooldownScope { get; init; } = CooldownScope.Rule;

    public RuleTrigger Trigger { get; init; } = RuleTrigger.Every;

    /// <summary>Which series it judges.</summary>
    public TagFilter Tags { get; init; } = TagFilter.Any;

    /// <summary>Ends what the operator began (hysteresis); null: a sample that does not hold ends it.</summary>
    public ClearCondition? ClearWhen { get; init; }

    /// <summary>How long the condition must hold by sample time before it counts, milliseconds; 0: at once.</summary>
    public long ForMs { get; init; }

    /// <summary>A series without a sample for this long, by the log's own time, is stale; null: silence means nothing. At least 1,000 ms.</summary>
    public long? StaleAfterMs { get; init; }

    /// <summary>False: staleness is shown and raises nothing.</summary>
    public bool RaisesStale { get; init; } = true;

    public ResolveAction OnResolve { get; init; } = ResolveAction.Nothing;

    public ReceiverKind Receiver { get; init; } = ReceiverKind.Discord;

    // The generated one would print the token.
    public override string ToString() => $"rule {Id}: {MetricName} {Comparison.Symbol(Operator)} {ThresholdText} to {Webhook.Masked(WebhookUrl)}";
}

public enum RuleTrigger
{
    /// <summary>Each sample that holds.</summary>
    Every,

    /// <summary>Only when the condition turns from false to true.</summary>
    Crossing,
}

public enum CooldownScope
{
    Rule,
    Series,
}

public enum ResolveAction
{
    Nothing,

    /// <summary>A further message.</summary>
    Message,

    /// <summary>The first message is changed in place.</summary>
    Edit,
}

public enum ReceiverKind
{
    /// <summary>Discord's own form, members <c>discord_webhook_url</c>.</summary>
    Discord,

    /// <summary>A JSON body, signed, with an idempotency key; member <c>webhook_url</c>.</summary>
    Json,
}

/// <param name="Threshold">Finite.</param>
/// <param name="ThresholdText">As it was written.</param>
public sealed record ClearCondition(ComparisonOperator Operator, double Threshold, string ThresholdText);

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
