using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Alarms;

public sealed class AlarmStateSpec
{
    private static readonly double[] Tricky =
        [double.MinValue, -1, -double.Epsilon, -0.0, 0.0, double.Epsilon, 499.99999999999994, 500, 500.00000000000006, 508, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN];

    public static TheoryData<ComparisonOperator, double, double[], int[]> Sequences => new()
    {
        { ComparisonOperator.Greater, 500, [499, 500, 500.00000000000006, 508, 500], [2, 3] },
        { ComparisonOperator.GreaterOrEqual, 500, [499.99999999999994, 500, 501], [1, 2] },
        { ComparisonOperator.Less, 500, [500, 499.99999999999994, -1, 501], [1, 2] },
        { ComparisonOperator.LessOrEqual, 500, [500, 499, 500.00000000000006], [0, 1] },
        { ComparisonOperator.Equal, 0.3, [0.1 + 0.2, 0.3, 0.30000000000000004, 0.29999999999999999], [1, 3] },
        { ComparisonOperator.NotEqual, 500, [500, 500.00000000000006, 500, 0], [1, 3] },
        { ComparisonOperator.Equal, 0.0, [-0.0, double.Epsilon, 0.0], [0, 2] },
        { ComparisonOperator.GreaterOrEqual, 0.0, [-0.0, -double.Epsilon], [0] },
        { ComparisonOperator.LessOrEqual, -0.0, [0.0, double.Epsilon], [0] },
        { ComparisonOperator.GreaterOrEqual, double.MaxValue, [double.MaxValue, 1], [0] },
        { ComparisonOperator.LessOrEqual, double.MaxValue, [double.PositiveInfinity, double.MaxValue], [1] },
        { ComparisonOperator.NotEqual, 1, [double.NaN, 1], [0] },
        { ComparisonOperator.Greater, 1, [double.NaN, 2], [1] },
    };

    [Theory]
    [MemberData(nameof(Sequences))]
    public void A_sequence_of_samples_raises_exactly_where_the_operator_holds(ComparisonOperator comparison, double threshold, double[] values, int[] expected)
    {
        var (state, outputs) = (new AlarmState("cpu", new RulesInHand().Put(Rule(1, comparison, threshold))), new OutputsInHand());

        ApplyAll(state, outputs, Samples(0, values));

        Assert.Equal(expected.Select(i => (long)i), outputs.Emitted.Select(e => e.Cause));
    }

    [Fact]
    public void Any_rules_over_any_samples_in_any_batches_raise_what_a_plain_loop_raises()
    {
        var genRule = Gen.Select(Gen.Enum<ComparisonOperator>(), OneOf([.. Tricky.Where(double.IsFinite)]), Gen.Int[0, 30]);
        Gen.Select(genRule.Array[0, 12], OneOf(Tricky).Array[0, 40], Gen.Int[1, 9]).Sample((rules, values, batchSize) =>
        {
            var view = new RulesInHand();
            var made = rules.Select((r, i) => (Rule: Rule(i, r.Item1, r.Item2), MadeAtMs: (long)r.Item3)).ToArray();
            foreach (var (rule, madeAtMs) in made)
                view.Put(rule, madeAtMs);
            var (state, outputs) = (new AlarmState("cpu", view), new OutputsInHand());

            for (var first = 0; first < values.Length; first += batchSize)
                ApplyAll(state, outputs, Samples(first, values[first..Math.Min(values.Length, first + batchSize)]));

            var expected =
                from t in Enumerable.Range(0, values.Length)
                from m in made
                where t >= m.MadeAtMs && Slow(m.Rule.Operator, values[t], m.Rule.Threshold)
                select (m.Rule.Id, (long)t);
            return outputs.Emitted.Select(e => (e.Alarm.RuleId, e.Cause)).SequenceEqual(expected);
        });
    }

    [Fact]
    public void A_rule_does_not_judge_a_sample_appended_before_it_was_made()
    {
        var view = new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 0), madeAtMs: 12);
        var (state, outputs) = (new AlarmState("cpu", view), new OutputsInHand());

        ApplyAll(state, outputs, Samples(10, 5, 5, 5, 5));

        Assert.Equal([12L, 13], outputs.Emitted.Select(e => e.Cause));
    }

    [Fact]
    public void An_alarm_holds_all_that_its_readers_need_under_an_id_that_every_replay_repeats()
    {
        var view = new RulesInHand().Put(Rule(7, ComparisonOperator.GreaterOrEqual, 500));
        var (first, again) = (new OutputsInHand(), new OutputsInHand());

        ApplyAll(new AlarmState("cpu", view), first, Samples(17, 508));
        ApplyAll(new AlarmState("cpu", view), again, Samples(17, 508));

        var (topic, key, alarm, cause) = Assert.Single(first.Emitted);
        Assert.Equal("00000007000000000000000000000000-1-0-17", alarm.Id.Text);
        Assert.Equal(alarm, Assert.Single(again.Emitted).Alarm);
        Assert.Equal(("alarms", Webhook.KeyOf(Url), 17L), (topic, key, cause));
        Assert.Equal((0L, 508.0, "500", 17L, 17L, Url), (alarm.RulePosition, alarm.Value, alarm.ThresholdText, alarm.TimeMs, alarm.AppendTimeMs, alarm.WebhookUrl));
    }

    [Fact]
    public void A_sample_of_several_rules_raises_one_alarm_for_each_in_their_order()
    {
        var view = new RulesInHand().Put(Rule(3, ComparisonOperator.Greater, 1)).Put(Rule(1, ComparisonOperator.Greater, 2)).Put(Rule(2, ComparisonOperator.Less, 0));
        var (state, outputs) = (new AlarmState("cpu", view), new OutputsInHand());

        ApplyAll(state, outputs, Samples(0, 3, 3));

        Assert.Equal([(3, 0L), (1, 0L), (3, 1L), (1, 1L)], outputs.Emitted.Select(e => (NumberOf(e.Alarm.RuleId), e.Cause)));
    }

    [Fact]
    public void A_full_outbox_stops_before_the_next_record_and_a_repeated_batch_goes_on_without_loss_or_doubling()
    {
        var view = new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 0)).Put(Rule(2, ComparisonOperator.Greater, 0));
        var entity = new EntityHarness(new AlarmState("cpu", view), new EntityOptions("cpu", IsFixedGroup: false, OutboxMax: 5, AppendItemsMax: 2));
        EntityBatch[] batches = [Samples(0, 1, 1, -1, 1, 1), Samples(5, 1, -1, 1)];
        var (rounds, highest) = (0, 0L);

        do
        {
            entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, batches, null), 0);
            highest = Math.Max(highest, entity.Machine.OutboxCount);
            entity.Settle();
            rounds++;
        }
        while (entity.Answers[^1].Applied < 7 && rounds < 20);

        Assert.Equal(6, highest);
        Assert.Equal(2, rounds);
        long[] causes = [0, 0, 1, 1, 3, 3, 4, 4, 5, 5, 7, 7];
        Assert.Equal(causes, entity.Taken.Select(i => i.Cause!.Value.Offset));
        Assert.Equal(Enumerable.Range(1, 12).Select(n => (long)n), entity.Taken.Select(i => i.Number));
    }

    [Fact]
    public void Samples_that_raise_nothing_leave_the_state_clean()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 500)));
        ApplyAll(state, new OutputsInHand(), Samples(0, 1));
        Assert.NotNull(state.Capture());

        ApplyAll(state, new OutputsInHand(), Samples(1, 2, 3));

        Assert.False(state.IsDirty);
        Assert.Null(state.Capture());
    }

    [Fact]
    public void Samples_that_raise_nothing_cost_no_allocation()
    {
        var view = new RulesInHand();
        foreach (var number in Enumerable.Range(0, 10))
            view.Put(Rule(number, ComparisonOperator.Greater, 500 + number));
        var (state, outputs, batch, index) = (new AlarmState("cpu", view), new OutputsInHand(), Samples(0, new double[10_000]), 0);
        state.Apply(EntityHarness.P0, batch, ref index, outputs);
        index = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        state.Apply(EntityHarness.P0, batch, ref index, outputs);

        Assert.Equal((10_000, 0L), (index, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    [Fact]
    public void State_follows_a_rule_to_its_next_version_and_goes_with_a_deleted_rule()
    {
        var view = new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 0)).Put(Rule(2, ComparisonOperator.Greater, 0));
        var state = new AlarmState("cpu", view);
        ApplyAll(state, new OutputsInHand(), Samples(0, 1));
        state.Capture();

        view.Put(Rule(1, ComparisonOperator.Greater, 10));
        view.Delete(Rule(2, ComparisonOperator.Greater, 0).Id);
        ApplyAll(state, new OutputsInHand(), Samples(1, 5));

        var change = Assert.IsType<AlarmStateChange>(state.Capture());
        Assert.Equal(3, change.RulesPosition);
        Assert.Equal([(1, 2L, 1L), (2, PartitionId.None, 0L)], change.Rules.Select(r => (NumberOf(r.RuleId), r.RulePosition, r.Raised)));
        var kept = Assert.Single(Assert.IsType<AlarmStateChange>(state.CaptureAll()).Rules);
        Assert.Equal((1, 2L, 1L), (NumberOf(kept.RuleId), kept.RulePosition, kept.Raised));
    }

    [Fact]
    public void The_fold_of_all_changes_is_the_running_state_whatever_happens_to_the_rules()
    {
        // Even steps are samples, odd ones change or delete a rule; each step may be followed by a capture.
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Bool).Array[1, 40].Sample(steps =>
        {
            var view = new RulesInHand();
            var (running, folded) = (new AlarmState("cpu", view), new AlarmState("cpu", view));
            var offset = 0;
            foreach (var (kind, rule, capture) in steps)
            {
                if (kind <= 2)
                    ApplyAll(running, new OutputsInHand(), Samples(offset++, rule));
                else if (kind <= 4)
                    view.Put(Rule(rule, ComparisonOperator.GreaterOrEqual, rule));
                else
                    view.Delete(Rule(rule, ComparisonOperator.Greater, 0).Id);
                if (!capture)
                    continue;
                if (running.Capture() is { } change)
                    folded.Fold(change);
                var restored = new AlarmState("cpu", view);
                restored.Restore(running.CaptureAll());
                Assert.Equal(TextOf(running), TextOf(folded));
                Assert.Equal(TextOf(running), TextOf(restored));
                Assert.Equal(running.RulesPosition, folded.RulesPosition);
            }
        });
    }

    [Fact]
    public void A_foreign_change_or_snapshot_is_refused()
    {
        var state = new AlarmState("cpu", new RulesInHand());

        Assert.Throws<InvalidDataException>(() => state.Fold(new Foreign()));
        Assert.Throws<InvalidDataException>(() => state.Restore(new Foreign()));
    }

    [Fact]
    public void The_description_shows_each_rule_without_its_token()
    {
        var state = new AlarmState("cpu", new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 500)).Put(Rule(2, ComparisonOperator.Less, 0)));
        Assert.Null(state.Describe().LastValue);

        ApplyAll(state, new OutputsInHand(), Samples(20, 508, 3));
        var description = state.Describe();

        Assert.Equal((3.0, 21L, 1L), (description.LastValue, description.LastTimeMs, description.RulesPosition));
        Assert.Equal([(">", "500", 1L, 20L), ("<", "0", 0L, (long?)null)], description.Rules.Select(r => (r.Operator, r.Threshold, r.Raised, r.LastRaisedMs)));
        Assert.DoesNotContain("secret-token", JsonSerializer.Serialize(description), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_rules_and_alarms_never_hold_the_token()
    {
        var outputs = new OutputsInHand();
        ApplyAll(new AlarmState("cpu", new RulesInHand().Put(Rule(1, ComparisonOperator.Greater, 0))), outputs, Samples(0, 1));

        Assert.DoesNotContain("secret-token", $"{outputs.Emitted[0].Alarm} {Rule(1, ComparisonOperator.Greater, 0)}", StringComparison.Ordinal);
    }

    private static bool Slow(ComparisonOperator comparison, double value, double threshold) => comparison switch
    {
        ComparisonOperator.Equal => value.CompareTo(threshold) == 0 || (value == 0 && threshold == 0),
        ComparisonOperator.NotEqual => !Slow(ComparisonOperator.Equal, value, threshold),
        ComparisonOperator.Greater => !double.IsNaN(value) && !Slow(ComparisonOperator.Equal, value, threshold) && value.CompareTo(threshold) > 0,
        ComparisonOperator.Less => !double.IsNaN(value) && !Slow(ComparisonOperator.Equal, value, threshold) && value.CompareTo(threshold) < 0,
        ComparisonOperator.GreaterOrEqual => Slow(ComparisonOperator.Greater, value, threshold) || Slow(ComparisonOperator.Equal, value, threshold),
        _ => Slow(ComparisonOperator.Less, value, threshold) || Slow(ComparisonOperator.Equal, value, threshold),
    };

    private static void ApplyAll(AlarmState state, OutputsInHand outputs, SampleBatch batch)
    {
        var index = 0;
        state.Apply(EntityHarness.P0, batch, ref index, outputs);
        Assert.Equal(batch.Count, index);
    }

    private static Gen<double> OneOf(double[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static int NumberOf(Guid id) => BitConverter.ToInt32(id.ToByteArray());

    private static string TextOf(AlarmState state) => JsonSerializer.Serialize((AlarmStateChange)state.CaptureAll());

    private sealed class Foreign : IStateChange, IStateSnapshot;
}
