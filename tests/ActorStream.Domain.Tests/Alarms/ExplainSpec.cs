using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Alarms;

public sealed class ExplainSpec
{
    private static readonly Rule Over5 = Rule(1, ComparisonOperator.Greater, 5);
    private static readonly TagFilter OnlyA = new([new TagCondition("h", ["a"], true)]);
    private static readonly SeriesKey A = new Sent(0, 0, "a").Series;

    private static readonly Dictionary<string, (Rule Rule, Sent[] Samples, RuleGate? Gate, long? SinceMs, string Part)> Cases = new()
    {
        ["an alarm was raised"] = (Over5, [S(6, 3)], null, 3, "raised an alarm"),
        ["the operator does not hold"] = (Over5, [S(4, 3)], RuleGate.Operator, null, "4, is not > 5"),
        ["the operator does not hold any more"] = (Over5 with { Trigger = RuleTrigger.Crossing }, [S(6, 1), S(4, 3), S(3, 4)], RuleGate.Operator, 3, "3, is not > 5"),
        ["between threshold and clear condition"] =
            (Over5 with { ClearWhen = new ClearCondition(ComparisonOperator.Less, 3, "3") }, [S(6, 1), S(4, 3)], RuleGate.Operator, null, "not < 3 either"),
        ["no sample came"] = (Over5, [], RuleGate.Sample, null, "No sample"),
        ["the rule is disabled"] = (Over5 with { Enabled = false }, [S(6, 1)], RuleGate.Enabled, 0, "disabled"),
        ["the tags do not match"] = (Over5 with { Tags = new TagFilter([new TagCondition("h", ["b"], true)]) }, [S(6, 1)], RuleGate.Tags, 0, "tags"),
        ["the average is below"] = (Over5 with { WindowMs = 10 }, [S(1, 1), S(6, 2)], RuleGate.Operator, null, "3.5, is not > 5"),
        ["the sample is older than the window"] = (Over5 with { WindowMs = 10 }, [S(9, 50), S(9, 2)], RuleGate.Window, 50, "older than the window of 0.01 s"),
        ["it does not hold long enough"] = (Over5 with { ForMs = 100 }, [S(9, 10), S(9, 50)], RuleGate.For, 10, "asks for 0.1 s"),
        ["the crossing passed"] = (Over5 with { Trigger = RuleTrigger.Crossing }, [S(9, 10), S(9, 50)], RuleGate.Trigger, 10, "crossing passed"),
        ["the cooldown is not over"] = (Over5 with { CooldownMs = 100 }, [S(9, 10), S(9, 50)], RuleGate.Cooldown, 10, "0.1 s later"),
        ["the cooldown of the series is not over"] =
            (Over5 with { CooldownMs = 100, CooldownScope = CooldownScope.Series }, [S(9, 10), S(9, 50)], RuleGate.Cooldown, 10, "0.1 s later"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_says_which_gate_stops_the_last_sample_and_since_when(string why)
    {
        var (rule, samples, gate, sinceMs, part) = Cases[why];
        var state = new AlarmState("cpu", new RulesInHand().Put(rule));
        Apply(state, samples);

        var explanation = state.Explain(rule.Id, A)!;

        var series = Assert.Single(explanation.Series);
        Assert.Equal((gate, sinceMs), (series.StoppedBy, series.SinceMs));
        Assert.Contains(part, series.Sentence, StringComparison.Ordinal);
        Assert.Equal(samples.Length == 0 ? null : (double?)samples[^1].Value, series.LastValue);
        Assert.DoesNotContain("secret-token", JsonSerializer.Serialize(explanation), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_from_before_the_rule_is_named_as_such()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Over5, madeAtMs: 1_000));
        Apply(state, [S(9, 50)]);

        Assert.Equal(RuleGate.MadeAt, state.Explain(Over5.Id, A)!.Series.Single().StoppedBy);
    }

    [Fact]
    public void Without_a_series_all_that_match_are_listed_up_to_a_bound_and_an_unknown_rule_is_none()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Over5 with { Tags = OnlyA }).Put(Rule(2, ComparisonOperator.Greater, 5)));
        Apply(state, [S(1, 1), .. Enumerable.Range(0, 150).Select(i => new Sent(i, i, $"{i}"))]);

        var all = state.Explain(Rule(2, ComparisonOperator.Greater, 5).Id, null)!;

        Assert.Equal((151, RuleExplanation.SeriesMax), (all.SeriesTotal, all.Series.Count));
        Assert.Equal(["h:a"], state.Explain(Over5.Id, null)!.Series.Select(s => s.Series));
        Assert.Null(state.Explain(Guid.NewGuid(), null));
    }

    [Fact]
    public void The_gates_of_an_alarm_are_told_from_its_evidence_in_their_order()
    {
        var rule = Over5 with { WindowMs = 1_000, ForMs = 2, Trigger = RuleTrigger.Crossing, CooldownMs = 5, OnResolve = ResolveAction.Message };
        var alarms = Apply(new AlarmState("cpu", new RulesInHand().Put(rule)), [S(6, 0), S(8, 2), S(-90, 3)]);

        var (raised, resolved) = (AlarmExplanation.Gates(alarms[0]), AlarmExplanation.Gates(alarms[1]));

        Assert.Equal([RuleGate.Sample, RuleGate.MadeAt, RuleGate.Window, RuleGate.Operator, RuleGate.For, RuleGate.Trigger, RuleGate.Cooldown], raised.Select(g => g.Gate));
        Assert.Contains("held 2 samples from 1970-01-01T00:00:00.000Z", raised[2].Sentence, StringComparison.Ordinal);
        Assert.Contains("7 > 5 holds", raised[3].Sentence, StringComparison.Ordinal);
        Assert.Contains(alarms[0].Id.Text, resolved[^1].Sentence, StringComparison.Ordinal);
        Assert.Empty(AlarmExplanation.Gates(alarms[0] with { Evidence = null }));
    }

    [Fact]
    public void The_evidence_holds_the_newest_samples_of_the_window_newest_first()
    {
        var alarms = Apply(new AlarmState("cpu", new RulesInHand().Put(Over5 with { WindowMs = 1_000 })), [.. Enumerable.Range(0, 30).Select(i => S(6 + i, i))]);

        var window = alarms[^1].Evidence!.Window!;

        Assert.Equal((30L, 0L, 29L, WindowEvidence.NewestMax), (window.Count, window.OldestMs, window.NewestMs, window.Newest.Count));
        Assert.Equal(new WindowSample(29, 35), window.Newest[0]);
        Assert.Equal((35.0, 20.5), (alarms[^1].Evidence!.SampleValue, alarms[^1].Value));
    }

    private static Sent S(double value, long timeMs) => new(value, timeMs, "a");

    private static List<AlarmRecord> Apply(AlarmState state, Sent[] samples)
    {
        var (outputs, index) = (new OutputsInHand(), 0);
        if (samples.Length > 0)
            state.Apply(EntityHarness.P0, Sent.Batch(0, samples), ref index, outputs);
        return [.. outputs.Emitted.Select(e => e.Alarm)];
    }
}
