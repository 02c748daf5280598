using ActorStream.Domain.Alarms;

namespace ActorStream.Edge.Views;

/// <summary>Why a rule is or is not firing now, as the entity of its metric knows it.</summary>
/// <param name="Version">The rule's ETag.</param>
/// <param name="FeedingPartitions">Partitions that feed the metric.</param>
/// <param name="Note">Null with one partition; else what several mean.</param>
/// <param name="SeriesTotal">Series known; at most <see cref="RuleExplanation.SeriesMax"/> are listed.</param>
internal sealed record RuleExplainView(
    Guid RuleId, string Metric, long Version, DateTimeOffset? MadeAt, int FeedingPartitions, string? Note, long Raised, DateTimeOffset? LastRaised, int SeriesTotal, IReadOnlyList<SeriesExplainView> Series)
{
    public static RuleExplainView Of(RuleExplanation e) => new(
        e.RuleId, e.Metric, e.RulePosition, Reply.Time(e.MadeAtMs), e.FeedingPartitions,
        e.FeedingPartitions > 1 ? $"{e.FeedingPartitions} partitions feed this metric: nothing is lost or doubled, but windows, crossings and cooldowns depend on how these interleave." : null,
        e.Raised, e.LastRaisedMs is { } last ? Reply.Time(last) : null, e.SeriesTotal, [.. e.Series.Select(SeriesExplainView.Of)]);
}

/// <param name="StoppedBy">The gate that stops it; null: the last sample raised an alarm.</param>
/// <param name="Compared">What the operator compares now: the last value or the window's average.</param>
/// <param name="StaleSince">The series has been silent for too long, since then; null: it has not. Beside every gate.</param>
internal sealed record SeriesExplainView(
    string Series, bool IsFiring, string? StoppedBy, string Sentence, DateTimeOffset? Since, double? LastValue, DateTimeOffset? LastTime, double? Compared, bool IsHolding, long Suppressed, DateTimeOffset? StaleSince, WindowView? Window)
{
    public static SeriesExplainView Of(SeriesExplanation s) => new(
        s.Series, s.StoppedBy is null, s.StoppedBy is { } gate ? AlarmWords.Of(gate) : null, s.Sentence, s.SinceMs is { } since ? Reply.Time(since) : null,
        s.LastValue, s.LastTimeMs is { } last ? Reply.Time(last) : null, s.Compared, s.IsHolding, s.Suppressed,
        s.StaleSinceMs is { } stale ? Reply.Time(stale) : null, s.Window is { } window ? WindowView.Of(window) : null);
}
