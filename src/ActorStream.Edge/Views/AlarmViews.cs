using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Views;

/// <param name="State"><c>triggered</c>, <c>resolved</c>, <c>stale</c> or <c>test</c>.</param>
/// <param name="RuleVersion">The rule's ETag when it judged.</param>
/// <param name="Time">RFC 3339; null where the sample's own time is beyond the calendar.</param>
/// <param name="Threshold">As it was written in the rule.</param>
/// <param name="Source">Where the sample stands; of a test nothing stands there.</param>
/// <param name="Episode">The alarm that began what this one continues or ends.</param>
/// <param name="Suppressed">Alarms that a cooldown kept back since the notification before.</param>
internal sealed record AlarmView(
    string Id, Guid RuleId, string Metric, double Value, string Operator, JsonElement Threshold, DateTimeOffset? Time, long TimeMs, DateTimeOffset? AppendTime, long AppendTimeMs,
    IReadOnlyDictionary<string, string> Tags, string Source, long Offset, string State, long RuleVersion, string Episode, long Suppressed)
{
    public static AlarmView Of(AlarmRecord alarm) => new(
        alarm.Id.Text, alarm.RuleId, alarm.Metric, alarm.Value, Comparison.Symbol(alarm.Operator), Reply.NumberAsWritten(alarm.ThresholdText),
        Reply.Time(alarm.TimeMs), alarm.TimeMs, Reply.Time(alarm.AppendTimeMs), alarm.AppendTimeMs,
        alarm.Series.Tags.ToDictionary(), alarm.Cause.Partition.ToString(), alarm.Cause.Offset, AlarmWords.Of(alarm.Kind), alarm.RulePosition, alarm.Episode.Text, alarm.Suppressed);
}

/// <summary>One alarm with everything that led to it and came of it.</summary>
/// <param name="Evidence">Null: a version wrote it that kept none, or nothing judged it.</param>
/// <param name="Gates">In the order the sample met them.</param>
/// <param name="Deliveries">In order of attempts.</param>
internal sealed record AlarmDetailView(AlarmView Alarm, EvidenceView? Evidence, IReadOnlyList<GateView> Gates, IReadOnlyList<DeliveryView> Deliveries)
{
    public static AlarmDetailView Of(AlarmRecord alarm, IReadOnlyList<DeliveryRow> deliveries) => new(
        AlarmView.Of(alarm),
        alarm.Evidence is { } evidence ? EvidenceView.Of(evidence) : null,
        [.. AlarmExplanation.Gates(alarm).Select(g => new GateView(AlarmWords.Of(g.Gate), g.Sentence))],
        [.. deliveries.Select(DeliveryView.Of)]);
}

/// <param name="LastNotified">Of the notification before, in the cooldown's scope; null: there was none.</param>
/// <param name="FeedingPartitions">More than one: windows, crossings and cooldowns depend on how these interleave.</param>
internal sealed record EvidenceView(
    double SampleValue, WindowView? Window, double ForSeconds, DateTimeOffset? HeldSince, string Trigger, bool WasHolding, double CooldownSeconds, string CooldownScope, DateTimeOffset? LastNotified, int FeedingPartitions)
{
    public static EvidenceView Of(AlarmEvidence e) => new(
        e.SampleValue, e.Window is { } window ? WindowView.Of(window) : null, e.ForMs / 1000.0, Reply.Time(e.HeldSinceMs), AlarmWords.Of(e.Trigger), e.WasHolding,
        e.CooldownMs / 1000.0, AlarmWords.Of(e.CooldownScope), e.LastNotifiedMs is { } last ? Reply.Time(last) : null, e.FeedingPartitions);
}

/// <param name="Newest">At most <see cref="WindowEvidence.NewestMax"/> of its samples, newest first.</param>
internal sealed record WindowView(double Seconds, long Count, double Sum, double? Average, DateTimeOffset? Oldest, DateTimeOffset? NewestTime, IReadOnlyList<WindowSampleView> Newest)
{
    public static WindowView Of(WindowEvidence w) => new(
        w.WindowMs / 1000.0, w.Count, w.Sum, w.Count == 0 ? null : w.Sum / w.Count, Reply.Time(w.OldestMs), Reply.Time(w.NewestMs), [.. w.Newest.Select(s => new WindowSampleView(Reply.Time(s.TimeMs), s.TimeMs, s.Value))]);
}

internal sealed record WindowSampleView(DateTimeOffset? Time, long TimeMs, double Value);

internal sealed record GateView(string Gate, string Sentence);

/// <param name="Ended">Null: no answer is known.</param>
internal sealed record DeliveryView(int Attempt, DateTimeOffset? Started, long StartedMs, DateTimeOffset? Ended, string Outcome, string Answer, bool IsAmbiguous)
{
    public static DeliveryView Of(DeliveryRow row) => new(row.Attempt, Reply.Time(row.StartedMs), row.StartedMs, row.EndedMs is { } ended ? Reply.Time(ended) : null, row.Outcome, row.Answer, row.IsAmbiguous);
}
