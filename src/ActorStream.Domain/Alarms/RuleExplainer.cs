using System.Globalization;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Walks the gates of <see cref="RuleJudge"/> with the last sample of a series and says where it ends; changes nothing.</summary>
internal sealed class RuleExplainer(VersionedRule version, RuleSlot? slot, LastSamples last, SilenceWatch silence)
{
    private readonly Rule _rule = version.Rule;

    public RuleExplanation Explain(SeriesKey? series, int feedingPartitions)
    {
        var known = series is null ? Known() : [series];
        long? lastRaisedMs = slot is { Raised: > 0 } ? slot.LastRaisedMs : null;
        return new RuleExplanation(
            _rule.Id, _rule.MetricName, version.Position, version.MadeAtMs, feedingPartitions, slot?.Raised ?? 0, lastRaisedMs, known.Count,
            [.. known.Take(RuleExplanation.SeriesMax).Select(Of)]);
    }

    private IReadOnlyList<SeriesKey> Known() =>
        [.. last.All.Select(l => l.Key).Concat(slot?.Series.Select(s => s.Series) ?? []).Concat(silence.StaleFor(_rule.Id)).Distinct().Where(_rule.Tags.Matches).OrderBy(s => s.ToString(), StringComparer.Ordinal)];

    private SeriesExplanation Of(SeriesKey series)
    {
        var (sample, state) = (last.Of(series), slot?.Find(series));
        var compared = state?.Window?.Average ?? (_rule.WindowMs is null ? sample?.Value : null);
        var (gate, sentence, sinceMs) = Stopped(series, sample, state, compared);
        var suppressed = _rule.CooldownScope == CooldownScope.Series ? state?.Suppressed : slot?.Suppressed;
        return new SeriesExplanation(
            series.ToString(), gate, sentence, sinceMs, sample?.Value, sample?.TimeMs, compared, state?.IsHolding ?? false, suppressed ?? 0, state?.Window?.Evidence())
        {
            StaleSinceMs = silence.StaleSinceMs(_rule.Id, series),
        };
    }

    private (RuleGate? Gate, string Sentence, long? SinceMs) Stopped(SeriesKey series, LastSample? sample, SeriesSlot? state, double? compared)
    {
        if (!_rule.Enabled)
            return (RuleGate.Enabled, "The rule is disabled: it judges nothing and keeps its state.", version.MadeAtMs);
        if (!_rule.Tags.Matches(series))
            return (RuleGate.Tags, "The rule's tags do not match the series.", version.MadeAtMs);
        if (sample is not { } newest)
            return (RuleGate.Sample, "No sample of the series came since this entity started.", null);
        if (newest.AppendTimeMs < version.MadeAtMs)
            return (RuleGate.MadeAt, $"The last sample was appended at {Time(newest.AppendTimeMs)}, before this version of the rule was made at {Time(version.MadeAtMs)}.", version.MadeAtMs);
        if (_rule.WindowMs is { } windowMs && (state?.Window is null || state.WasLate))
            return (RuleGate.Window, state?.Window is { } window
                ? $"The last sample ({Time(newest.TimeMs)}) is older than the window of {Seconds(windowMs)}, whose newest sample is of {Time(window.NewestMs)}."
                : "The rule's window has no sample of the series.", state?.Window?.NewestMs);
        return OfValue(newest, state, compared!.Value);
    }

    private (RuleGate? Gate, string Sentence, long? SinceMs) OfValue(LastSample sample, SeriesSlot? state, double compared)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"{(_rule.WindowMs is null ? "The last value" : "The window's average")}, {compared:R},");
        if (!Comparison.Holds(_rule.Operator, compared, _rule.Threshold))
        {
            var condition = $"{Comparison.Symbol(_rule.Operator)} {_rule.ThresholdText}";
            return state is { IsHolding: true } && _rule.ClearWhen is { } clear
                ? (RuleGate.Operator, $"{what} is not {condition}, and not {Comparison.Symbol(clear.Operator)} {clear.ThresholdText} either: what began at {Time(state.HeldSinceMs)} goes on without an alarm.", null)
                : (RuleGate.Operator, $"{what} is not {condition}.", state?.EndedMs);
        }
        if (state?.LastRaisedMs == sample.TimeMs || (state is null && slot is { Raised: > 0 } && slot.LastRaisedMs == sample.TimeMs))
            return (null, $"{what} raised an alarm.", sample.TimeMs);
        if (state is { IsHolding: true } && !RuleJudge.HasPassed(state.HeldSinceMs, sample.TimeMs, _rule.ForMs))
            return (RuleGate.For, $"The condition holds since {Time(state.HeldSinceMs)}; the rule asks for {Seconds(_rule.ForMs)}.", state.HeldSinceMs);
        if (_rule.CooldownMs > 0 && LastNotified(state) is { } notified && !RuleJudge.HasPassed(notified, sample.TimeMs, _rule.CooldownMs))
            return (RuleGate.Cooldown, $"The last notification was at {Time(notified)}; the next one is allowed {Seconds(_rule.CooldownMs)} later, by sample time.", notified);
        if (_rule.Trigger == RuleTrigger.Crossing && state is { IsFired: true })
            return (RuleGate.Trigger, $"The crossing passed already since the condition turned true at {Time(state.HeldSinceMs)}; it re-arms when the condition is false.", state.HeldSinceMs);
        return (RuleGate.Sample, "The rule changed since the last sample; the next one decides.", version.MadeAtMs);
    }

    private long? LastNotified(SeriesSlot? state)
    {
        if (_rule.CooldownScope == CooldownScope.Series)
            return state?.LastNotifiedMs;
        return slot is { Raised: > 0 } ? slot.LastRaisedMs : null;
    }

    internal static string Time(long ms) => ms is >= -62_135_596_800_000 and <= 253_402_300_799_999
        ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
        : ms.ToString(CultureInfo.InvariantCulture);

    internal static string Seconds(long ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000m:0.###} s");
}
