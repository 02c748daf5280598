namespace ActorStream.Domain.Alarms;

/// <summary>What operators see of a metric.</summary>
/// <param name="LastValue">Null when no sample came since this incarnation began.</param>
/// <param name="LastTimeMs">The last sample's own time, epoch milliseconds.</param>
public sealed record AlarmDescription(string Metric, long RulesPosition, double? LastValue, long? LastTimeMs, IReadOnlyList<RuleDescription> Rules);

/// <param name="Webhook">Masked.</param>
/// <param name="Raised">Alarms raised by any version of the rule.</param>
/// <param name="LastRaisedMs">Time of the sample last raised, epoch milliseconds; null when none was.</param>
public sealed record RuleDescription(Guid RuleId, long RulePosition, string Operator, string Threshold, string Webhook, long Raised, long? LastRaisedMs);
