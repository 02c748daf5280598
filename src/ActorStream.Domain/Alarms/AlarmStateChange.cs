using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Alarms;

/// <summary>What a checkpoint of a metric's alarms holds besides offsets; a snapshot holds the same with every rule.</summary>
/// <param name="RulesPosition">Position of the metric's rules that was used: a recovered entity waits until its node's view has reached it (protocol.md B7).</param>
/// <param name="Rules">Rules whose state changed.</param>
public sealed record AlarmStateChange(long RulesPosition, IReadOnlyList<RuleState> Rules) : IStateChange, IStateSnapshot;

/// <summary>State of one rule; per-series state of crossing, cooldown and windows joins here.</summary>
/// <param name="RulePosition">Version of the rule this state belongs to; in a change, <see cref="Records.PartitionId.None"/>: the rule is gone and its state with it.</param>
/// <param name="Raised">Alarms raised by any version.</param>
/// <param name="LastRaisedMs">Time of the sample last raised, epoch milliseconds.</param>
public sealed record RuleState(Guid RuleId, long RulePosition, long Raised, long LastRaisedMs);
