namespace ActorStream.Domain.Rules;

public enum RuleStateKind
{
    Window,
    Crossing,
    For,
    Cooldown,
}

/// <param name="Because">Completes "is reset because …".</param>
public sealed record StateReset(RuleStateKind State, string Because)
{
    /// <summary>As replies name it: <c>window</c>, <c>crossing</c>, <c>for</c>, <c>cooldown</c>.</summary>
    public string Name => State switch
    {
        RuleStateKind.Window => "window",
        RuleStateKind.Crossing => "crossing",
        RuleStateKind.For => "for",
        RuleStateKind.Cooldown => "cooldown",
        _ => throw new InvalidOperationException($"State {State} has no name."),
    };
}

/// <summary>Which running state a new version of a rule begins anew; everything else goes on. The evaluator follows exactly this.</summary>
/// <remarks>
/// Any change re-arms a crossing. What the condition compares (operator, threshold, clear_when, window) begins the run of <c>for_seconds</c> anew; the window itself
/// falls only with its length, and with the tags, which decide whose samples count. An open episode outlives a change of its condition: the next sample that does not hold resolves it.
/// </remarks>
public static class RuleChangeEffect
{
    /// <summary>Only states that the rule before had; in order of the enum.</summary>
    public static IReadOnlyList<StateReset> Of(Rule before, Rule after)
    {
        var moved = before.MetricName != after.MetricName ? "metric_name changed: its state stays with the metric it was about" : null;
        var (old, now) = (RuleFootprint.Of(before), RuleFootprint.Of(after));
        var resets = new List<StateReset>();
        if (before.WindowMs is not null)
            Add(RuleStateKind.Window, moved ?? OfWindow(old, now));
        if (before.Trigger == RuleTrigger.Crossing)
            Add(RuleStateKind.Crossing, moved ?? "any change of a rule re-arms it");
        if (before.ForMs > 0)
            Add(RuleStateKind.For, moved ?? OfRun(old, now) ?? (after.KeepsRun() ? null : "the rule does not follow how long its condition holds any more"));
        if (before.CooldownMs > 0)
            Add(RuleStateKind.Cooldown, moved ?? OfCooldown(old, now));
        return resets;

        void Add(RuleStateKind state, string? because)
        {
            if (because is not null)
                resets.Add(new StateReset(state, because));
        }
    }

    /// <summary>Null: the samples of the window stay.</summary>
    internal static string? OfWindow(RuleFootprint before, RuleFootprint after)
    {
        if (before.WindowMs != after.WindowMs)
            return "window_duration_seconds or type changed";
        return OfSeries(before, after);
    }

    /// <summary>Null: a condition that holds is still known to hold, since the same time.</summary>
    internal static string? OfRun(RuleFootprint before, RuleFootprint after)
    {
        if (before.Condition != after.Condition)
            return "operator, threshold or clear_when changed";
        if (before.WindowMs != after.WindowMs)
            return "window_duration_seconds or type changed";
        if (before.Enabled != after.Enabled)
            return "enabled changed: nobody saw whether the condition held meanwhile";
        return OfSeries(before, after);
    }

    /// <summary>Null: notifications issued before still count. A change to scope <c>rule</c> loses none, for the rule's last one is always known.</summary>
    internal static string? OfCooldown(RuleFootprint before, RuleFootprint after)
    {
        if (before.CooldownScope != after.CooldownScope && after.CooldownScope == CooldownScope.Series)
            return "cooldown_scope changed to series: when each series was last notified is not known";
        return after.CooldownScope == CooldownScope.Series ? OfSeries(before, after) : null;
    }

    /// <summary>Null: the same series are judged as before.</summary>
    internal static string? OfSeries(RuleFootprint before, RuleFootprint after) => before.Tags != after.Tags ? "tags changed" : null;

    /// <summary>Whether judging needs to know if the condition held before a sample.</summary>
    internal static bool KeepsRun(this Rule rule) => rule.Trigger == RuleTrigger.Crossing || rule.ForMs > 0 || rule.ClearWhen is not null || rule.OnResolve != ResolveAction.Nothing;
}
