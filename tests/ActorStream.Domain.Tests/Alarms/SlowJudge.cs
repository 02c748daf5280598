using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary>What a rule concludes about its newest sample, found by going through all samples it ever judged. Slow, so that it can be seen to be right.</summary>
internal sealed class SlowJudge
{
    private readonly Dictionary<Guid, List<Entry>> _histories = [];

    /// <summary>The rule was written again, with nothing changed that its state depends on.</summary>
    public void Touch(Rule rule) => HistoryOf(rule).Add(new Entry(null, 0));

    /// <summary>Null: no alarm.</summary>
    public Verdict? Judge(Rule rule, Sent sample, long offset)
    {
        if (!rule.Enabled || !rule.Tags.Matches(sample.Series))
            return null;
        HistoryOf(rule).Add(new Entry(sample, offset));
        return Replay(rule, HistoryOf(rule));
    }

    private static Verdict? Replay(Rule rule, List<Entry> history)
    {
        Verdict? verdict = null;
        var runs = new Dictionary<string, Run>();
        var notified = new Dictionary<string, (long At, long Suppressed)>();
        for (var i = 0; i < history.Count; i++)
        {
            verdict = null;
            if (history[i].Sample is not { } sample)
            {
                foreach (var run in runs.Values)
                    run.Crossed = false;
                continue;
            }
            var host = sample.Host ?? "";
            if (Compared(rule, history.Take(i + 1).Select(e => e.Sample).OfType<Sent>().Where(s => s.Host == sample.Host).ToArray()) is { } compared)
                verdict = OfValue(rule, sample, history[i].Offset, compared, runs.TryGetValue(host, out var known) ? known : runs[host] = new Run(), notified);
        }
        return verdict;
    }

    /// <summary>Null: the last sample is older than the window.</summary>
    private static double? Compared(Rule rule, Sent[] samples)
    {
        if (rule.WindowMs is not { } windowMs)
            return samples[^1].Value;
        var newest = samples.Max(s => s.TimeMs);
        var inside = samples.Where(s => s.TimeMs > newest - windowMs).ToArray();
        return samples[^1].TimeMs > newest - windowMs ? inside.Sum(s => s.Value) / inside.Length : null;
    }

    private static Verdict? OfValue(Rule rule, Sent sample, long offset, double compared, Run run, Dictionary<string, (long At, long Suppressed)> notified)
    {
        var holds = Comparison.Holds(rule.Operator, compared, rule.Threshold);
        var ends = rule.ClearWhen is { } clear ? Comparison.Holds(clear.Operator, compared, clear.Threshold) : !holds;
        if (run.Since is null ? !holds : ends)
        {
            var episode = run.Episode;
            (run.Since, run.Crossed, run.Episode) = (null, false, null);
            return episode is not null && rule.OnResolve != ResolveAction.Nothing ? new Verdict(AlarmKind.Resolved, compared, episode, 0) : null;
        }
        run.Since ??= sample.TimeMs;
        if (!holds || (rule.ForMs > 0 && sample.TimeMs - run.Since < rule.ForMs) || (rule.Trigger == RuleTrigger.Crossing && run.Crossed))
            return null;
        run.Crossed = true;
        var scope = rule.CooldownScope == CooldownScope.Series ? sample.Host ?? "" : "the rule";
        var id = AlarmId.Of(rule.Id, EntityHarness.P0, offset);
        if (rule.CooldownMs > 0 && notified.TryGetValue(scope, out var last))
        {
            if (sample.TimeMs - last.At < rule.CooldownMs)
            {
                notified[scope] = (last.At, last.Suppressed + 1);
                return null;
            }
            notified[scope] = (sample.TimeMs, 0);
            return Raise(rule, run, id, compared, last.Suppressed);
        }
        notified[scope] = (sample.TimeMs, 0);
        return Raise(rule, run, id, compared, 0);
    }

    private static Verdict Raise(Rule rule, Run run, AlarmId id, double compared, long suppressed)
    {
        if (rule.OnResolve != ResolveAction.Nothing)
            run.Episode ??= id;
        return new Verdict(AlarmKind.Triggered, compared, run.Episode ?? id, suppressed);
    }

    private List<Entry> HistoryOf(Rule rule) => _histories.TryGetValue(rule.Id, out var history) ? history : _histories[rule.Id] = [];

    private sealed record Entry(Sent? Sample, long Offset);

    private sealed class Run
    {
        public long? Since;
        public bool Crossed;
        public AlarmId? Episode;
    }
}

internal sealed record Verdict(AlarmKind Kind, double Compared, AlarmId? Episode, long Suppressed);
