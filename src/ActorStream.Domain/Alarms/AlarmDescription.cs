using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>What operators see of a metric.</summary>
/// <param name="LastValue">Null when no sample came since this incarnation began.</param>
/// <param name="LastTimeMs">The last sample's own time, epoch milliseconds.</param>
public sealed record AlarmDescription(string Metric, long RulesPosition, double? LastValue, long? LastTimeMs, IReadOnlyList<RuleDescription> Rules)
{
    /// <summary>Partitions that fed it so far; with more than one, windows, crossings and cooldowns depend on how these interleave (protocol.md B11).</summary>
    public int FeedingPartitions { get; init; }

    /// <summary>Samples in all windows, 16 bytes each.</summary>
    public int WindowSamples { get; init; }
}

/// <param name="Webhook">Masked.</param>
/// <param name="Raised">Alarms raised by any version of the rule.</param>
/// <param name="LastRaisedMs">Time of the sample last raised, epoch milliseconds; null when none was.</param>
public sealed record RuleDescription(Guid RuleId, long RulePosition, string Operator, string Threshold, string Webhook, long Raised, long? LastRaisedMs)
{
    public bool Enabled { get; init; } = true;

    /// <summary>Alarms kept back by the rule's own cooldown since the last one raised.</summary>
    public long Suppressed { get; init; }

    /// <summary>Series that the rule has state of.</summary>
    public int Series { get; init; }

    /// <summary>Of these, series for which the condition holds or an episode is open.</summary>
    public int OpenSeries { get; init; }

    /// <summary>Series that fell silent (<c>stale_after</c>) and have not come back.</summary>
    public int StaleSeries { get; init; }

    /// <summary>Samples not judged because their series was one too many, since this incarnation began; each is a dead letter.</summary>
    public long Refused { get; init; }

    internal static RuleDescription Of(VersionedRule version, RuleSlot? slot)
    {
        var rule = version.Rule;
        long? lastRaisedMs = slot is { Raised: > 0 } ? slot.LastRaisedMs : null;
        var masked = Rules.Webhook.Masked(rule.WebhookUrl);
        return new RuleDescription(rule.Id, version.Position, Comparison.Symbol(rule.Operator), rule.ThresholdText, masked, slot?.Raised ?? 0, lastRaisedMs)
        {
            Enabled = rule.Enabled,
            Suppressed = slot?.Suppressed ?? 0,
            Series = slot?.Live ?? 0,
            OpenSeries = slot?.Open ?? 0,
            Refused = slot?.Refused ?? 0,
        };
    }
}
