using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>State of a metric's alarms, inside its checkpoints and snapshots. Sums of windows come back bit for bit.</summary>
internal static class AlarmStateCodec
{
    public static AlarmStateMessage Write(AlarmStateChange change)
    {
        var message = new AlarmStateMessage { RulesPosition = change.RulesPosition };
        foreach (var rule in change.Rules)
            message.Rules.Add(Write(rule));
        foreach (var partition in change.Feeding)
            message.Feeding.Add(Scalars.ToRef(partition));
        foreach (var series in change.Silence)
            message.Silence.Add(SilenceCodec.Write(series));
        return message;
    }

    public static AlarmStateChange Read(AlarmStateMessage message) =>
        new(message.RulesPosition, message.Rules.Select(Read).ToArray())
        {
            Feeding = message.Feeding.Select(Scalars.FromRef).ToArray(),
            Silence = message.Silence.Count == 0 ? [] : message.Silence.Select(SilenceCodec.Read).ToArray(),
        };

    private static RuleStatePart Write(RuleState rule)
    {
        var (high, low) = Scalars.Split(rule.RuleId);
        var part = new RuleStatePart
        {
            RuleIdHigh = high,
            RuleIdLow = low,
            RulePosition = rule.RulePosition,
            Raised = rule.Raised,
            LastRaisedMs = rule.LastRaisedMs,
            Suppressed = rule.Suppressed,
            IsWhole = rule.IsWhole,
        };
        if (rule.Footprint is { } footprint)
            part.Footprint = Write(footprint);
        foreach (var series in rule.Series)
            part.Series.Add(Write(series));
        return part;
    }

    private static RuleState Read(RuleStatePart part) => new(Scalars.Join(part.RuleIdHigh, part.RuleIdLow), part.RulePosition, part.Raised, part.LastRaisedMs)
    {
        Suppressed = part.Suppressed,
        IsWhole = part.IsWhole,
        Footprint = part.Footprint is { } footprint ? Read(footprint) : null,
        Series = part.Series.Count == 0 ? [] : part.Series.Select(Read).ToArray(),
    };

    private static RuleFootprintPart Write(RuleFootprint footprint) => new()
    {
        Condition = footprint.Condition,
        Tags = footprint.Tags,
        WindowMs = footprint.WindowMs,
        CooldownScope = RuleScalars.ToScope(footprint.CooldownScope),
        IsDisabled = !footprint.Enabled,
    };

    private static RuleFootprint Read(RuleFootprintPart part) =>
        new(part.Condition, part.Tags, part.WindowMs, RuleScalars.FromScope(part.CooldownScope), !part.IsDisabled);

    private static SeriesStatePart Write(SeriesState state)
    {
        var part = new SeriesStatePart
        {
            IsHolding = state.IsHolding,
            HeldSinceMs = state.HeldSinceMs,
            IsFired = state.IsFired,
            Suppressed = state.Suppressed,
            WindowMs = state.WindowMs,
        };
        Series.Write(state.Series, part.Tags);
        if (state.Episode is { } episode)
            part.Episode = episode.Text;
        if (state.LastNotifiedMs is { } last)
            part.LastNotifiedMs = last;
        if (state.Window is { } window)
            part.Window = Write(window);
        return part;
    }

    private static SeriesState Read(SeriesStatePart part) => new(Series.Read(part.Tags))
    {
        IsHolding = part.IsHolding,
        HeldSinceMs = part.HeldSinceMs,
        IsFired = part.IsFired,
        Suppressed = part.Suppressed,
        Episode = part.HasEpisode ? new AlarmId(part.Episode) : null,
        LastNotifiedMs = part.HasLastNotifiedMs ? part.LastNotifiedMs : null,
        WindowMs = part.WindowMs,
        Window = part.Window is { } window ? Read(window) : null,
    };

    private static WindowChangePart Write(WindowChange change) => new()
    {
        IsWhole = change.IsWhole,
        Added = EvidenceCodec.Write(change.Added),
        Sum = change.Sum,
        Correction = change.Correction,
        LeftSinceRecount = change.LeftSinceRecount,
    };

    private static WindowChange Read(WindowChangePart part)
    {
        if (!part.HasSum || !part.HasCorrection)
            throw new SerializationException("The sum of a window is missing.");
        return new WindowChange(part.IsWhole, EvidenceCodec.Read(part.Added), part.Sum, part.Correction, part.LeftSinceRecount);
    }
}
