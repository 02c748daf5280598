using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>What a checkpoint of a metric's alarms holds besides offsets; a snapshot holds the same with every rule.</summary>
/// <param name="RulesPosition">Position of the metric's rules that was used: a recovered entity waits until its node's view has reached it (protocol.md B7).</param>
/// <param name="Rules">Rules whose state changed.</param>
public sealed record AlarmStateChange(long RulesPosition, IReadOnlyList<RuleState> Rules) : IStateChange, IStateSnapshot
{
    /// <summary>Partitions that began to feed this metric (protocol.md B11).</summary>
    public IReadOnlyList<PartitionId> Feeding { get; init; } = [];

    /// <summary>Series that rules with <c>stale_after</c> watch and whose state changed.</summary>
    public IReadOnlyList<SilenceState> Silence { get; init; } = [];
}

/// <summary>A series and the rules that wait for it to fall silent; without any rule the series is not watched any more.</summary>
/// <param name="Last">Its last sample.</param>
/// <param name="AppendTimeMs">Of that, epoch milliseconds.</param>
/// <param name="TimeMs">The sample's own time, epoch milliseconds.</param>
/// <param name="Elsewhere">Its last samples in other partitions.</param>
/// <param name="Waiting">Rules that have not told yet, in order of id.</param>
/// <param name="Told">Rules for which it is stale, in order of id.</param>
public sealed record SilenceState(
    SeriesKey Series, AppliedOffset Last, long AppendTimeMs, long TimeMs, double Value, IReadOnlyList<AppliedOffset> Elsewhere, IReadOnlyList<Guid> Waiting, IReadOnlyList<Guid> Told)
{
    public bool IsOver => Waiting.Count == 0 && Told.Count == 0;

    public static SilenceState Over(SeriesKey series) => new(series, default, 0, 0, 0, [], [], []);
}

/// <summary>State of one rule.</summary>
/// <param name="RulePosition">Version of the rule this state belongs to; in a change, <see cref="PartitionId.None"/>: the rule has no state any more.</param>
/// <param name="Raised">Alarms raised by any version.</param>
/// <param name="LastRaisedMs">Time of the sample last raised, epoch milliseconds.</param>
public sealed record RuleState(Guid RuleId, long RulePosition, long Raised, long LastRaisedMs)
{
    /// <summary>Alarms that the rule's own cooldown kept back since the last notification.</summary>
    public long Suppressed { get; init; }

    /// <summary>Of the version; null in a change: as it was.</summary>
    public RuleFootprint? Footprint { get; init; }

    /// <summary>Series not listed have no state, whatever was said of this id before: a rule may be deleted and made again between two checkpoints.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Series whose state changed.</summary>
    public IReadOnlyList<SeriesState> Series { get; init; } = [];
}

/// <summary>State of one rule about one series; of a series that has none all members are at their default, and a change takes it away.</summary>
public sealed record SeriesState(SeriesKey Series)
{
    /// <summary>The condition holds: since the operator held and until what ends it.</summary>
    public bool IsHolding { get; init; }

    /// <summary>Time of the sample at which it began to hold, epoch milliseconds.</summary>
    public long HeldSinceMs { get; init; }

    /// <summary>A <c>crossing</c> has passed since then.</summary>
    public bool IsFired { get; init; }

    /// <summary>First alarm since the condition turned true, while it is to be resolved.</summary>
    public AlarmId? Episode { get; init; }

    /// <summary>Sample time of the last notification for a cooldown by series, epoch milliseconds.</summary>
    public long? LastNotifiedMs { get; init; }

    public long Suppressed { get; init; }

    /// <summary>0: no window.</summary>
    public long WindowMs { get; init; }

    /// <summary>Null in a change: as it was.</summary>
    public WindowChange? Window { get; init; }
}

/// <summary>Samples of a window and its running sum, which is restored bit for bit (protocol.md B8).</summary>
/// <param name="IsWhole">They replace what is there; else they join it.</param>
/// <param name="Added">In order of arrival; a whole window in order of time.</param>
/// <param name="Sum">Scaled as the window keeps it, with <paramref name="Correction"/> beside it.</param>
public sealed record WindowChange(bool IsWhole, IReadOnlyList<WindowSample> Added, double Sum, double Correction, int LeftSinceRecount);
