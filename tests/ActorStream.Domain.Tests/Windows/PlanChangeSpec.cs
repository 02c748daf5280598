using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using Xunit;
using static ActorStream.Domain.Tests.Windows.WindowHarness;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>The sentences that decide what becomes of windows when their pipeline is changed under its name.</summary>
public sealed class PlanChangeSpec
{
    private static readonly WindowSpec Tumbling = WindowSpec.Tumbling(10, 100);

    [Fact]
    public void Windows_that_stay_go_on_wherever_they_stand_in_the_plan()
    {
        var before = new WindowHarness(Plan(WindowSpec.Session(5), Tumbling, WindowSpec.Sliding(20, 10)));
        before.At(1, 2);
        before.Tick(10);
        Assert.Equal(["session_k_1..7 r0 n2", "sliding_k_-10..10 r0 n2", "tumbling_k_0..10 r0 n2"], before.Said());

        var after = before.ChangedTo(Plan(WindowSpec.Sliding(20, 10), WindowSpec.Session(5), Tumbling));
        after.At(3);
        after.Tick(20);

        Assert.Equal(["tumbling_k_0..10 r1 n3", "sliding_k_0..20 r0 n3"], after.Said());
        Assert.Equal((3L, 0), (after.State.Books.In, after.State.Dropped.Count));
        Assert.Equal([2L, 1, 1], after.State.Books.Specs.Select(s => s.Created));
    }

    [Fact]
    public void A_window_that_is_added_takes_what_ends_behind_the_watermark_and_rejects_the_rest_as_behind()
    {
        var before = new WindowHarness(Plan(WindowSpec.Session(5, 100)));
        before.At(1);
        before.Tick(35);

        var after = before.ChangedTo(Plan(WindowSpec.Session(5, 100), Tumbling));
        after.Apply(new Event("k", 29, 1, 34), new Event("k", 31, 1, 34));
        after.Tick(50);

        // 29 lies in [20, 30), which had ended by 35; its lateness of 100 counts from the change on.
        Assert.Equal(["session_k_29..36 r0 n2", "tumbling_k_30..40 r0 n1"], after.Said());
        var late = Assert.Single(after.State.TakeLate());
        Assert.Equal((LateReason.Behind, 1, 20L, 30L, 35L, false), (late.Reason, late.Spec, late.WindowStartMs, late.WindowEndMs, late.WatermarkMs, late.IsRejected));
        Assert.Equal(2, after.Apply(new Event("k", 39, 1, 49), new Event("k", 29, 1, 49)));
        Assert.Equal(["session_k_29..36 r1 n3", "session_k_39..44 r0 n1", "tumbling_k_30..40 r1 n2"], after.Said().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_an_added_window_leaves_closed_stays_closed_through_restarts_and_later_changes()
    {
        var before = new WindowHarness(Plan(WindowSpec.Session(5)));
        before.At(1);
        before.Tick(35);

        var after = before.ChangedTo(Plan(WindowSpec.Session(5), Tumbling));
        after.Tick(60);
        after = after.ChangedTo(Plan(WindowSpec.Session(5), Tumbling)).ChangedTo(Plan(Tumbling with { AllowedLatenessMs = 500 }), version: 2);
        after.Apply(new Event("k", 29, 1, 34), new Event("k", 31, 1, 34));

        Assert.Equal(["tumbling_k_30..40 r0 n1"], after.Said());
        Assert.Equal(LateReason.Behind, Assert.Single(after.State.TakeLate()).Reason);
    }

    [Theory]
    [InlineData(WindowType.Tumbling)]
    [InlineData(WindowType.Session)]
    public void A_window_that_is_removed_and_added_again_says_nothing_twice(WindowType type)
    {
        var spec = type == WindowType.Session ? WindowSpec.Session(10, 100) : Tumbling;
        var first = new WindowHarness(Plan(spec, WindowSpec.Sliding(10, 10)));
        first.At(0, 12);
        first.Tick(10);
        Assert.Contains($"{type.ToString().ToLowerInvariant()}_k_0..10 r0 n1", first.Said());

        var without = first.ChangedTo(Plan(WindowSpec.Sliding(10, 10)));
        Assert.Equal([new DroppedWindows(spec, 2)], without.State.Dropped);
        without.Tick(11);
        var again = without.ChangedTo(Plan(WindowSpec.Sliding(10, 10), spec), version: 2);

        Assert.Empty(again.State.Dropped);
        again.Apply(new Event("k", 0, 1, 10), new Event("k", 14, 1, 10));
        again.Tick(100);

        Assert.DoesNotContain(again.Outputs.Emitted, e => e.Result.StartMs == 0 && e.Result.Type == type);
        Assert.Equal(1, again.Outputs.Emitted.Last(e => e.Result.Type == type).Result.Data.Count);
    }

    [Fact]
    public void What_a_window_held_before_it_was_removed_does_not_come_back_with_it()
    {
        var plan = Plan(Tumbling, WindowSpec.Session(5));
        var first = new WindowHarness(plan);
        first.At(1);
        var held = first.State.Capture()!;
        var without = new WindowState(Plan(Tumbling), 1);
        without.Fold(held);
        var dropped = without.Capture()!;

        // One journal: an event of both windows, one of the first alone, and both again.
        var again = new WindowHarness(plan, version: 2);
        again.State.Fold(held);
        again.State.Fold(dropped);

        Assert.Equal((1, 1, default), (again.State.Keys, again.State.OpenWindows, again.State.Books.Specs[1]));
        again.Tick(100);
        Assert.Equal(["tumbling_k_0..10 r0 n1"], again.Said());
    }

    [Fact]
    public void What_is_dropped_is_told_until_an_event_of_the_new_plan_is_there_and_takes_no_room_before()
    {
        var before = new WindowHarness(Plan(Tumbling, WindowSpec.Session(5)));
        before.Apply(new Event("a", 1, 1), new Event("b", 1, 1));

        var after = before.ChangedTo(Plan(Tumbling));
        Assert.Equal([new DroppedWindows(WindowSpec.Session(5), 2)], after.State.Dropped);
        Assert.Equal((2, 2), (after.State.Keys, after.State.OpenWindows));
        Assert.True(after.State.IsDirty);
        var (snapshot, change) = (before.State.CaptureAll(), after.State.Capture());
        Assert.False(after.State.IsDirty);

        var later = new WindowState(Plan(Tumbling), 1);
        later.Restore(snapshot);
        later.Fold(change!);
        Assert.Empty(later.Dropped);
        Assert.Equal((2, 2, false), (later.Keys, later.OpenWindows, later.IsDirty));
    }

    [Fact]
    public void More_lateness_leaves_closed_what_less_had_closed()
    {
        var before = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5)));
        before.At(3, 13);
        before.Tick(24);
        Assert.Equal(["tumbling_k_0..10 r0 n1", "tumbling_k_10..20 r0 n1"], before.Said());

        var after = before.ChangedTo(Plan(WindowSpec.Tumbling(10, 1_000)));
        after.Apply(new Event("k", 4, 1, 23), new Event("k", 14, 1, 23));
        after.Tick(500);
        after.Apply(new Event("k", 15, 1, 500), new Event("k", 5, 1, 500));

        Assert.Equal(["tumbling_k_10..20 r1 n2", "tumbling_k_10..20 r2 n3"], after.Said());
        Assert.Equal([(LateReason.Behind, 19L), (LateReason.Behind, 19)], after.State.TakeLate().Select(l => (l.Reason, l.WatermarkMs)));
        Assert.Equal((2L, 1L), (after.State.Books.Specs[0].Created, after.State.Books.Specs[0].Active));
    }

    [Fact]
    public void More_lateness_leaves_sessions_closed_that_less_had_closed()
    {
        // Closed at end + gap + lateness = 28.
        var before = new WindowHarness(Plan(WindowSpec.Session(10, 5)));
        before.At(3);
        before.Tick(28);
        Assert.Equal(["session_k_3..13 r0 n1"], before.Said());

        var after = before.ChangedTo(Plan(WindowSpec.Session(10, 1_000)));
        after.Apply(new Event("k", 3, 1, 20), new Event("k", 13, 1, 20), new Event("k", 14, 1, 20));

        // 13 would touch the session that is gone, its [13, 23) had ended 5 before; 14 does not.
        Assert.Equal(["session_k_14..24 r0 n1"], after.Said());
        Assert.Equal([(3L, 23L), (13, 23)], after.State.TakeLate().Select(l => (l.WindowStartMs, l.WatermarkMs)));
    }

    [Fact]
    public void Less_lateness_closes_with_the_next_step_what_more_had_kept()
    {
        var before = new WindowHarness(Plan(WindowSpec.Tumbling(10, 1_000), WindowSpec.Session(10, 1_000)));
        before.At(3);
        before.Tick(40);
        Assert.Equal(2, before.Said().Count);

        var after = before.ChangedTo(Plan(WindowSpec.Tumbling(10, 5), WindowSpec.Session(10, 5)));
        after.Apply(new Event("k", 4, 1, 36), new Event("x", 100, 1, 36));

        Assert.Empty(after.Said());
        Assert.Equal((0, 1L, 1L), (after.State.Describe(9).Count(w => w.Key == "k"), after.State.Books.Specs[0].Expired, after.State.Books.Specs[1].Expired));
        Assert.Equal(2, after.State.TakeLate().Count);
    }

    [Fact]
    public void Less_lateness_makes_final_windows_fire_with_the_next_step_and_more_lets_them_wait()
    {
        var plan = Plan(WindowSpec.Tumbling(10, 1_000), WindowSpec.Session(10, 1_000)) with { Emit = EmitMode.Final };
        var before = new WindowHarness(plan);
        before.At(3, 33);
        before.Tick(40);
        Assert.Empty(before.Said());

        var after = before.ChangedTo(plan with { Specs = [WindowSpec.Tumbling(10, 5), WindowSpec.Session(10, 5)] });
        after.Tick(40);
        Assert.Equal(["tumbling_k_0..10 r0 n1", "session_k_3..13 r0 n1"], after.Said());

        after = after.ChangedTo(plan, version: 2);
        after.Apply(new Event("k", 4, 1, 39), new Event("k", 34, 1, 39));
        after.Tick(1_039);
        Assert.Empty(after.Said());
        after.Tick(1_040);
        Assert.Equal(["tumbling_k_30..40 r0 n2"], after.Said());
    }

    [Fact]
    public void A_window_that_waits_for_the_outbox_while_it_gets_more_lateness_fires_once_and_takes_nothing_more()
    {
        foreach (var emit in new[] { EmitMode.Update, EmitMode.Final })
        {
            var before = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5)) with { Emit = emit });
            before.At(3);
            before.Outputs.Max = 0;
            before.Tick(30);

            var after = before.ChangedTo(Plan(WindowSpec.Tumbling(10, 1_000)) with { Emit = emit });
            after.Apply(new Event("k", 4, 1, 29));
            after.Tick(40);

            Assert.Equal(["tumbling_k_0..10 r0 n1"], after.Said());
            Assert.Equal((0, 1L), (after.State.OpenWindows, after.State.Books.Specs[0].Expired));
        }
    }

    [Fact]
    public void A_state_of_a_later_change_makes_an_earlier_plan_outdated_and_gives_it_nothing_to_write()
    {
        var later = new WindowHarness(Plan(Tumbling, WindowSpec.Session(5)), version: 7);
        later.At(1);
        later.Tick(3);

        Assert.Equal((true, false), (later.ChangedTo(Plan(Tumbling), version: 6).State.IsOutdated, later.ChangedTo(Plan(Tumbling), version: 6).State.IsDirty));
        Assert.Equal((false, true), (later.ChangedTo(Plan(Tumbling), version: 8).State.IsOutdated, later.ChangedTo(Plan(Tumbling), version: 8).State.IsDirty));
        Assert.Equal((false, false), (later.ChangedTo(Plan(Tumbling, WindowSpec.Session(5)), version: 7).State.IsOutdated, later.ChangedTo(Plan(Tumbling, WindowSpec.Session(5)), version: 7).State.IsDirty));
    }

    [Fact]
    public void A_state_that_does_not_say_its_specs_is_of_those_of_the_plan_and_says_them_with_the_next_event()
    {
        var plan = Plan(Tumbling, WindowSpec.Session(5));
        var before = new WindowHarness(plan);
        before.At(1);
        before.Tick(10);

        var after = new WindowState(plan, 3);
        after.Restore((WindowStateSnapshot)before.State.CaptureAll() with { Stamp = null });

        Assert.Equal((1L, false, true), (after.Books.In, after.IsOutdated, after.IsDirty));
        var stamp = ((WindowStateChange)after.Capture()!).Stamp!;
        Assert.True(stamp.Says(new PlanStamp(3, [new SpecStamp(Tumbling, PartitionId.NoTime), new SpecStamp(WindowSpec.Session(5), PartitionId.NoTime)])));
    }

    [Fact]
    public void Behind_is_what_the_group_has_closed_and_the_events_own_partition_has_not()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5), WindowSpec.Session(10, 5)));
        windows.Tick(20);

        // Of a partition that joined, or of a reader that does not know it is dead: its own watermark is 12, the group's 20.
        windows.Apply(P1, [new Event("k", 4, 1, 12), new Event("k", 6, 1, 12)]);

        Assert.Equal(
            [(0L, 0, 10L, 20L, LateReason.Behind, true), (0, 1, 14, 20, LateReason.Behind, true), (1, 0, 10, 20, LateReason.Behind, false)],
            windows.State.TakeLate().Select(l => (l.Offset, l.Spec, l.WindowEndMs, l.WatermarkMs, l.Reason, l.IsRejected)));
        Assert.Equal((1L, 1L), (windows.State.Books.LateRejected, windows.State.Books.LateAccepted));
        windows.Apply(P1, [new Event("k", 4, 1, 20)]);
        Assert.All(windows.State.TakeLate(), l => Assert.Equal(LateReason.Late, l.Reason));
    }
}
