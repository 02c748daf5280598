namespace ActorStream.Domain.Alarms;

/// <summary>Why a rule is or is not firing now.</summary>
/// <param name="MadeAtMs">When this version became durable, epoch milliseconds.</param>
/// <param name="FeedingPartitions">More than one makes order-dependent gates depend on interleaving (protocol.md B11).</param>
/// <param name="LastRaisedMs">Sample time, epoch milliseconds; null: never.</param>
/// <param name="SeriesTotal">Series known; more than are listed when beyond <see cref="SeriesMax"/>.</param>
public sealed record RuleExplanation(
    Guid RuleId, string Metric, long RulePosition, long MadeAtMs, int FeedingPartitions, long Raised, long? LastRaisedMs, int SeriesTotal, IReadOnlyList<SeriesExplanation> Series)
{
    public const int SeriesMax = 100;
}

/// <summary>One series before one rule.</summary>
/// <param name="Series">As <c>name:value</c>, comma separated; empty: no tags.</param>
/// <param name="StoppedBy">The gate that stops it; null: the last sample raised an alarm.</param>
/// <param name="SinceMs">Since when that gate stops it, epoch milliseconds, sample time where the gate goes by samples; null: not known to this incarnation.</param>
/// <param name="LastValue">Null: no sample since this incarnation began.</param>
/// <param name="Compared">What the operator compares now: the last value or the window's average.</param>
/// <param name="IsHolding">The condition holds: always false for a rule that does not need to know.</param>
/// <param name="Suppressed">Alarms its cooldown kept back since the last notification.</param>
public sealed record SeriesExplanation(
    string Series, RuleGate? StoppedBy, string Sentence, long? SinceMs, double? LastValue, long? LastTimeMs, double? Compared, bool IsHolding, long Suppressed, WindowEvidence? Window)
{
    /// <summary>The series is stale for this rule since the sample appended then, epoch milliseconds; null: it is not. Beside every gate: silence is no recovery.</summary>
    public long? StaleSinceMs { get; init; }
}

/// <summary>In the order in which a sample meets them.</summary>
public enum RuleGate
{
    /// <summary>A sample must have come.</summary>
    Sample,
    Enabled,
    MadeAt,
    Tags,
    Window,
    Operator,
    For,
    Trigger,
    Cooldown,
}

/// <summary>A gate that a raised alarm passed, and how.</summary>
public sealed record PassedGate(RuleGate Gate, string Sentence);
