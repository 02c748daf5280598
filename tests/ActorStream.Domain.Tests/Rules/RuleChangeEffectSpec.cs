using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Alarms;
using ActorStream.Domain.Tests.Protocol;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Rules;

public sealed class RuleChangeEffectSpec
{
    private static readonly Rule Whole = Rule(1, ComparisonOperator.Greater, 5) with
    {
        WindowMs = 10_000,
        ForMs = 1_000,
        Trigger = RuleTrigger.Crossing,
        CooldownMs = 5_000,
        OnResolve = ResolveAction.Message,
    };

    private static readonly Dictionary<string, (Func<Rule, Rule> Change, string Resets)> Changes = new()
    {
        ["the webhook"] = (r => r with { WebhookUrl = Url + "2" }, "crossing"),
        ["the cooldown"] = (r => r with { CooldownMs = 1 }, "crossing"),
        ["for_seconds"] = (r => r with { ForMs = 2_000 }, "crossing"),
        ["the threshold"] = (r => r with { Threshold = 6 }, "crossing for"),
        ["the operator"] = (r => r with { Operator = ComparisonOperator.Less }, "crossing for"),
        ["the clear condition"] = (r => r with { ClearWhen = new ClearCondition(ComparisonOperator.Less, 2, "2") }, "crossing for"),
        ["the window's length"] = (r => r with { WindowMs = 20_000 }, "window crossing for"),
        ["the window taken away"] = (r => r with { WindowMs = null }, "window crossing for"),
        ["the tags"] = (r => r with { Tags = new TagFilter([new TagCondition("h", ["a"], true)]) }, "window crossing for"),
        ["the scope of the cooldown"] = (r => r with { CooldownScope = CooldownScope.Series }, "crossing cooldown"),
        ["enabled"] = (r => r with { Enabled = false }, "crossing for"),
        ["the metric"] = (r => r with { MetricName = "disk" }, "window crossing for cooldown"),
    };

    public static TheoryData<string> Names => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_change_says_what_it_resets(string change)
    {
        var (apply, resets) = Changes[change];

        var effect = RuleChangeEffect.Of(Whole, apply(Whole));

        Assert.Equal(resets, string.Join(' ', effect.Select(e => e.Name)));
        Assert.All(effect, e => Assert.NotEmpty(e.Because));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_evaluator_resets_what_the_change_says_and_keeps_the_rest(string change)
    {
        if (change == "the metric")
            return;
        var (apply, resets) = Changes[change];
        var before = Whole with { CooldownMs = 0 };
        var after = apply(before);
        var view = new RulesInHand().Put(before);
        var state = new AlarmState("cpu", view);
        Apply(state, 0, new Sent(9, 1_000, "a"), new Sent(9, 2_000, "a"));
        var held = Assert.Single(StateOf(state).Series);
        Assert.Equal((true, true, 2L), (held.IsHolding, held.IsFired, (long)held.Window!.Added.Count));

        view.Put(after);
        Apply(state, 2, new Sent(9, 2_500, "none"));

        var kept = StateOf(state).Series.SingleOrDefault(s => s.Series == held.Series);
        Assert.Equal((resets.Contains("for", StringComparison.Ordinal) ? 0 : 1_000, false), (kept?.HeldSinceMs ?? 0, kept?.IsFired ?? false));
        Assert.Equal(resets.Contains("window", StringComparison.Ordinal) ? 0 : 2, kept?.Window?.Added.Count ?? 0);
        Assert.Equal(change == "the tags" ? null : held.Episode, kept?.Episode);
    }

    [Fact]
    public void A_state_that_a_rule_does_not_have_is_not_reset() =>
        Assert.Empty(RuleChangeEffect.Of(Rule(1, ComparisonOperator.Greater, 5), Rule(1, ComparisonOperator.Less, 9)));

    [Fact]
    public void An_open_episode_outlives_a_change_of_its_condition_and_is_resolved_by_the_new_one()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5) with { OnResolve = ResolveAction.Message };
        var view = new RulesInHand().Put(rule);
        var state = new AlarmState("cpu", view);
        var first = Apply(state, 0, new Sent(7, 0)).Single();

        view.Put(rule with { Threshold = 20, ThresholdText = "20" });
        var resolved = Apply(state, 1, new Sent(10, 1)).Single();

        Assert.Equal((AlarmKind.Resolved, first.Id, 10.0), (resolved.Kind, resolved.Episode, resolved.Value));
    }

    [Theory]
    [InlineData(ComparisonOperator.Greater, 5, ComparisonOperator.Less, 5, null)]
    [InlineData(ComparisonOperator.Greater, 5, ComparisonOperator.LessOrEqual, 5, null)]
    [InlineData(ComparisonOperator.GreaterOrEqual, 5, ComparisonOperator.LessOrEqual, 5, 5.0)]
    [InlineData(ComparisonOperator.Greater, 5, ComparisonOperator.Less, 6, 5.000000000000001)]
    [InlineData(ComparisonOperator.Equal, 5, ComparisonOperator.NotEqual, 5, null)]
    [InlineData(ComparisonOperator.NotEqual, 5, ComparisonOperator.NotEqual, 5, 5.000000000000001)]
    [InlineData(ComparisonOperator.Greater, 5, ComparisonOperator.Greater, 9, 9.000000000000002)]
    public void A_value_that_would_begin_and_end_an_alarm_is_found(ComparisonOperator begins, double threshold, ComparisonOperator ends, double clear, double? both) =>
        Assert.Equal(both, ConditionOverlap.Find(begins, threshold, new ClearCondition(ends, clear, "")));

    private static List<AlarmRecord> Apply(AlarmState state, long first, params Sent[] samples)
    {
        var (outputs, index) = (new OutputsInHand(), 0);
        state.Apply(EntityHarness.P0, Sent.Batch(first, samples), ref index, outputs);
        return [.. outputs.Emitted.Select(e => e.Alarm)];
    }

    private static RuleState StateOf(AlarmState state) => ((AlarmStateChange)state.CaptureAll()).Rules.Single();
}
