using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary>What the journal is told, what it costs, and the bounds.</summary>
public sealed class AlarmJournalSpec
{
    private static readonly Rule Window = Rule(1, ComparisonOperator.Greater, 1e9) with { WindowMs = 36_000 };

    [Fact]
    public void A_checkpoint_of_a_long_window_holds_only_the_samples_that_came_since()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Window));
        Apply(state, 0, [.. Enumerable.Range(0, 36_000).Select(i => new Sent(i, i))]);
        state.Capture();

        Apply(state, 36_000, [.. Enumerable.Range(36_000, 10).Select(i => new Sent(i, i))]);
        var change = (AlarmStateChange)state.Capture()!;

        var window = change.Rules.Single().Series.Single().Window!;
        Assert.Equal((false, 10), (window.IsWhole, window.Added.Count));
        Assert.Null(change.Rules.Single().Footprint);
        Assert.Equal(36_000, ((AlarmStateChange)state.CaptureAll()).Rules.Single().Series.Single().Window!.Added.Count);
    }

    [Fact]
    public void A_sum_comes_back_bit_for_bit_and_a_spike_leaves_nothing_behind()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Window with { WindowMs = 100 }));
        Apply(state, 0, [.. Enumerable.Range(0, 3_000).Select(i => new Sent(i % 700 == 0 ? 1e300 : i % 500 == 0 ? 1e200 : 0.1, i))]);
        var (running, folded) = (state.CaptureAll(), new AlarmState("cpu", new RulesInHand().Put(Window with { WindowMs = 100 })));

        folded.Fold(state.Capture()!);

        Assert.Equal(SumBits(running), SumBits(folded.CaptureAll()));
        var window = folded.Explain(Window.Id, SeriesKey.Empty)!.Series.Single();
        Assert.Equal((100L, 0.1), (window.Window!.Count, window.Compared));
    }

    [Fact]
    public void Averages_of_the_largest_values_stay_finite()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 0) with { WindowMs = 1_000 };
        var alarms = Apply(new AlarmState("cpu", new RulesInHand().Put(rule)), 0, [.. Enumerable.Range(0, 50).Select(i => new Sent(double.MaxValue, i))]);

        Assert.All(alarms, a => Assert.Equal(double.MaxValue, a.Value));
        Assert.All(alarms, a => Assert.True(double.IsFinite(a.Evidence!.Window!.Sum)));
    }

    [Fact]
    public void Following_rules_allocate_nothing_per_sample_once_warm()
    {
        var view = new RulesInHand();
        view.Put(Window with { WindowMs = 500 }).Put(Rule(2, ComparisonOperator.Greater, 1e9) with { Trigger = RuleTrigger.Crossing });
        for (var i = 0; i < 100; i++)
            view.Put(Rule(10 + i, ComparisonOperator.Greater, 1e9 + i));
        var (state, outputs) = (new AlarmState("cpu", view), new OutputsInHand());
        var warm = Sent.Batch(0, [.. Enumerable.Range(0, 5_000).Select(i => new Sent(i, i, i % 2 == 0 ? "a" : "b"))]);
        var more = Sent.Batch(5_000, [.. Enumerable.Range(5_000, 5_000).Select(i => new Sent(i, i, i % 2 == 0 ? "a" : "b"))]);
        var index = 0;
        state.Apply(EntityHarness.P0, warm, ref index, outputs);
        index = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        state.Apply(EntityHarness.P0, more, ref index, outputs);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    [Fact]
    public void A_series_beyond_the_bound_is_refused_for_its_rule_and_judged_by_the_others()
    {
        var followed = Rule(1, ComparisonOperator.Greater, 5) with { Trigger = RuleTrigger.Crossing };
        var entity = new EntityHarness(new AlarmState("cpu", new RulesInHand().Put(followed).Put(Rule(2, ComparisonOperator.Greater, 5))), new EntityOptions("cpu", false, OutboxMax: 100_000));
        Sent[] held = [.. Enumerable.Range(0, 10_000).Select(i => new Sent(9, i, $"{i}"))];

        entity.Apply(Sent.Batch(0, [.. held, new Sent(9, 1, "one too many"), new Sent(1, 2, "0"), new Sent(9, 3, "one too many")]));
        entity.Settle();

        Assert.Equal([10_000L], entity.DeadLetters);
        Assert.Equal([(2, 10_000L), (1, 10_002L), (2, 10_002L)], entity.Taken.Select(i => (AlarmRecord)i.Output).Where(a => a.Cause.Offset >= 10_000).Select(a => (BitConverter.ToInt32(a.RuleId.ToByteArray()), a.Cause.Offset)));
    }

    [Fact]
    public void A_rule_deleted_and_made_again_between_two_checkpoints_starts_anew()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5) with { Trigger = RuleTrigger.Crossing };
        var view = new RulesInHand().Put(rule);
        var (running, folded) = (new AlarmState("cpu", view), new AlarmState("cpu", view));
        Apply(running, 0, new Sent(9, 0, "a"));
        folded.Fold(running.Capture()!);

        view.Delete(rule.Id);
        Apply(running, 1, new Sent(9, 1, "a"));
        view.Put(rule);
        Apply(running, 2, new Sent(9, 2, "b"));
        folded.Fold(running.Capture()!);

        Assert.Equal(["h:b"], ((AlarmStateChange)folded.CaptureAll()).Rules.Single().Series.Select(s => s.Series.ToString()));
    }

    [Fact]
    public void Partitions_that_feed_a_metric_are_remembered_over_a_recovery()
    {
        var view = new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 5));
        var (state, recovered, outputs, index) = (new AlarmState("cpu", view), new AlarmState("cpu", view), new OutputsInHand(), 0);
        state.Apply(EntityHarness.P0, Sent.Batch(0, [new Sent(1, 0)]), ref index, outputs);
        index = 0;
        state.Apply(EntityHarness.P1, Sent.Batch(0, [new Sent(9, 0)]), ref index, outputs);

        recovered.Fold(state.Capture()!);
        index = 0;
        recovered.Apply(EntityHarness.P0 with { Incarnation = 2 }, Sent.Batch(0, [new Sent(1, 0)]), ref index, outputs);

        Assert.Equal((2, 2), (outputs.Emitted.Single().Alarm.Evidence!.FeedingPartitions, recovered.Describe().FeedingPartitions));
    }

    private static List<AlarmRecord> Apply(AlarmState state, long first, params Sent[] samples)
    {
        var (outputs, index) = (new OutputsInHand(), 0);
        state.Apply(EntityHarness.P0, Sent.Batch(first, samples), ref index, outputs);
        return [.. outputs.Emitted.Select(e => e.Alarm)];
    }

    private static (long, long) SumBits(IStateSnapshot snapshot)
    {
        var window = ((AlarmStateChange)snapshot).Rules.Single().Series.Single().Window!;
        return (BitConverter.DoubleToInt64Bits(window.Sum), BitConverter.DoubleToInt64Bits(window.Correction));
    }
}
