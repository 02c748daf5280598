using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Judges one sample by one rule. Hot path.</summary>
/// <remarks>
/// The order of evaluation, fixed (docs/rules.md); the first gate that does not pass ends it:
/// <list type="number">
/// <item>enabled, and made before the sample was appended (protocol.md rule 26);</item>
/// <item>tags: the series is the rule's;</item>
/// <item>window: the sample joins it, and its average is compared from here on; a sample older than the window is not judged;</item>
/// <item>operator and clear_when: whether the condition is true now; turning false resolves; only a sample for which the operator itself holds goes on;</item>
/// <item>for: true since long enough, by sample time;</item>
/// <item>trigger: a crossing passes once for each time the condition turns true;</item>
/// <item>cooldown: by sample time, exactly that long after a notification passes; what does not is counted.</item>
/// </list>
/// So a cooldown uses a crossing up. Reads the record, its append time and journaled state (protocol.md B8).
/// </remarks>
internal sealed class RuleJudge(string metric, AlarmTotals totals, FeedingPartitions feeding)
{
    /// <summary>Null, or a sentence why the rule could not judge the sample; then nothing of the rule changed.</summary>
    public string? Judge(CompiledRule rule, in JudgedSample sample, IOutputs outputs)
    {
        if (sample.AppendTimeMs < rule.MadeAtMs || (rule.Tags is { } tags && !tags.Matches(sample.Series)))
            return null;
        if (!rule.IsFollowed)
        {
            Notify(rule, null, sample, sample.Value, wasHolding: false, outputs);
            return null;
        }
        return rule.WindowMs > 0 ? JudgeWindow(rule, sample, outputs) : JudgeValue(rule, sample, outputs);
    }

    private string? JudgeWindow(CompiledRule rule, in JudgedSample sample, IOutputs outputs)
    {
        // At the bound a window may still slide: else none would ever get smaller.
        if (totals.WindowSamples >= AlarmTotals.WindowSamplesMax && rule.Slot.Find(sample.Series)?.Window?.WouldEvict(sample.TimeMs) is not true)
            return TooManySamples(rule);
        var slot = rule.Slot.FindOrAdd(sample.Series);
        if (slot is null)
            return TooManySeries(rule, sample);
        rule.Slot.Before(slot);
        slot.Window ??= new SampleWindow(rule.WindowMs);
        slot.WasLate = !slot.Window.TryAdd(sample.TimeMs, sample.Value);
        if (!slot.WasLate)
        {
            var average = slot.Window.Average;
            Decide(rule, slot, sample, average, rule.Holds(average), outputs);
        }
        rule.Slot.After(slot);
        return null;
    }

    private string? JudgeValue(CompiledRule rule, in JudgedSample sample, IOutputs outputs)
    {
        var holds = rule.Holds(sample.Value);
        var slot = rule.Slot.Find(sample.Series);
        // Neither begins nor ends anything.
        if (!holds && slot is not { IsOpen: true })
            return null;
        slot = rule.Slot.FindOrAdd(sample.Series);
        if (slot is null)
            return TooManySeries(rule, sample);
        var isSteady = holds && slot.IsHolding && slot.IsFired;
        if (isSteady && rule.Rule.Trigger == RuleTrigger.Crossing)
            return null;
        rule.Slot.Before(slot);
        Decide(rule, slot, sample, sample.Value, holds, outputs);
        rule.Slot.After(slot);
        return null;
    }

    private void Decide(CompiledRule rule, SeriesSlot slot, in JudgedSample sample, double compared, bool holds, IOutputs outputs)
    {
        if (!rule.KeepsRun)
        {
            if (holds)
                Notify(rule, slot, sample, compared, wasHolding: false, outputs);
            return;
        }
        var wasHolding = slot.IsHolding;
        if (!rule.GoesOn(wasHolding, holds, compared))
        {
            End(rule, slot, sample, compared, outputs);
            return;
        }
        if (!wasHolding)
            (slot.IsHolding, slot.HeldSinceMs, slot.IsFired) = (true, sample.TimeMs, false);
        if (!holds || !HasPassed(slot.HeldSinceMs, sample.TimeMs, rule.Rule.ForMs))
            return;
        if (rule.Rule.Trigger == RuleTrigger.Crossing && slot.IsFired)
            return;
        slot.IsFired = true;
        Notify(rule, slot, sample, compared, wasHolding, outputs);
    }

    /// <summary>The condition is false. What it raised since it turned true is resolved, without any cooldown.</summary>
    private void End(CompiledRule rule, SeriesSlot slot, in JudgedSample sample, double compared, IOutputs outputs)
    {
        if (slot.Episode is { } episode && rule.Rule.OnResolve != ResolveAction.Nothing)
        {
            var evidence = Evidence(rule, slot, sample, slot.IsHolding, slot.LastNotifiedMs);
            outputs.Emit(TopicNames.Alarms, rule.NoticeKey, Alarm(rule, sample, compared, evidence) with { Kind = AlarmKind.Resolved, Episode = episode }, sample.Offset);
        }
        slot.Episode = null;
        slot.EndRun();
        slot.EndedMs = sample.TimeMs;
    }

    private void Notify(CompiledRule rule, SeriesSlot? slot, in JudgedSample sample, double compared, bool wasHolding, IOutputs outputs)
    {
        var state = rule.Slot;
        var last = LastNotified(rule, slot);
        state.Touch();
        if (last is { } before && !HasPassed(before, sample.TimeMs, rule.Rule.CooldownMs))
        {
            if (rule.CoolsBySeries)
                slot!.Suppressed++;
            else
                state.Suppressed++;
            return;
        }
        var alarm = Alarm(rule, sample, compared, Evidence(rule, slot, sample, wasHolding, last));
        alarm = alarm with { Episode = slot?.Episode ?? alarm.Id, Suppressed = rule.CoolsBySeries ? slot!.Suppressed : state.Suppressed };
        outputs.Emit(TopicNames.Alarms, rule.NoticeKey, alarm, sample.Offset);
        (state.Raised, state.LastRaisedMs, state.Suppressed) = (state.Raised + 1, sample.TimeMs, 0);
        if (slot is not null)
            Raised(rule, slot, alarm);
    }

    private static void Raised(CompiledRule rule, SeriesSlot slot, AlarmRecord alarm)
    {
        slot.LastRaisedMs = alarm.TimeMs;
        if (rule.Rule.OnResolve != ResolveAction.Nothing)
            slot.Episode = alarm.Episode;
        if (rule.CoolsBySeries)
            (slot.LastNotifiedMs, slot.Suppressed) = (alarm.TimeMs, 0);
    }

    /// <summary>Null: the rule has no cooldown, or nothing was notified in its scope.</summary>
    private static long? LastNotified(CompiledRule rule, SeriesSlot? slot)
    {
        if (rule.Rule.CooldownMs == 0)
            return null;
        if (rule.CoolsBySeries)
            return slot!.LastNotifiedMs;
        return rule.Slot.Raised > 0 ? rule.Slot.LastRaisedMs : null;
    }

    private AlarmRecord Alarm(CompiledRule rule, in JudgedSample sample, double compared, AlarmEvidence evidence) => new(
        AlarmId.Of(rule.Rule.Id, sample.Partition, sample.Offset),
        rule.Rule.Id,
        rule.Version.Position,
        metric,
        sample.Series,
        new AppliedOffset(sample.Partition, sample.Offset),
        compared,
        rule.Operator,
        rule.Rule.ThresholdText,
        sample.TimeMs,
        sample.AppendTimeMs,
        rule.Rule.WebhookUrl)
    {
        OnResolve = rule.Rule.OnResolve,
        Receiver = rule.Rule.Receiver,
        Evidence = evidence,
    };

    private AlarmEvidence Evidence(CompiledRule rule, SeriesSlot? slot, in JudgedSample sample, bool wasHolding, long? lastNotifiedMs) => new(
        sample.Value,
        slot?.Window?.Evidence(),
        rule.Rule.ForMs,
        slot is { IsHolding: true } ? slot.HeldSinceMs : sample.TimeMs,
        rule.Rule.Trigger,
        wasHolding,
        rule.Rule.CooldownMs,
        rule.Rule.CooldownScope,
        lastNotifiedMs,
        feeding.Count);

    private static string TooManySeries(CompiledRule rule, in JudgedSample sample)
    {
        rule.Slot.Refused++;
        return $"Rule {rule.Rule.Id} follows {AlarmTotals.SeriesMax} series, which is as many as one rule may, and did not judge series {sample.Series}; narrow its tags or make a rule for each part of the series.";
    }

    private static string TooManySamples(CompiledRule rule)
    {
        rule.Slot.Refused++;
        return $"The windows of the metric hold {AlarmTotals.WindowSamplesMax} samples, which is as many as one metric may, and rule {rule.Rule.Id} did not judge this one; shorten window_duration_seconds or narrow the tags.";
    }

    /// <summary>Whether at least <paramref name="spanMs"/> lie between. A sample older than what it is measured from has not passed.</summary>
    internal static bool HasPassed(long fromMs, long toMs, long spanMs) => spanMs == 0 || (toMs >= fromMs && unchecked((ulong)toMs - (ulong)fromMs) >= (ulong)spanMs);
}

/// <param name="TimeMs">Its own time, epoch milliseconds.</param>
internal readonly record struct JudgedSample(PartitionId Partition, long Offset, long TimeMs, long AppendTimeMs, double Value, SeriesKey Series);
