using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Tests.Protocol;
using ActorStream.Domain.Windows;
using Xunit;
using static ActorStream.Domain.Tests.Windows.WindowHarness;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>What happens where something is full: the outbox, keys, windows, late events.</summary>
public sealed class WindowBoundsSpec
{
    [Fact]
    public void Windows_whose_time_has_come_wait_for_the_outbox_and_are_emitted_once()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 100)));
        windows.Apply(new Event("a", 1, 1), new Event("b", 1, 1), new Event("c", 1, 1));
        windows.Outputs.Max = 1;

        windows.Tick(10);
        Assert.Equal(["tumbling_a_0..10 r0 n1"], windows.Said());
        Assert.True(windows.State.HasDue);
        windows.Tick(10);
        Assert.Empty(windows.Said());
        windows.Outputs.Waiting = 0;
        windows.Tick(10);
        Assert.Equal(["tumbling_b_0..10 r0 n1"], windows.Said());
        windows.Outputs.Waiting = 0;
        windows.Apply(new Event("d", 20, 1));
        Assert.Equal(["tumbling_c_0..10 r0 n1"], windows.Said());
        windows.Outputs.Waiting = 0;
        windows.Tick(11);

        Assert.Empty(windows.Said());
        Assert.False(windows.State.HasDue);
    }

    [Fact]
    public void Records_that_come_while_a_window_waits_for_the_outbox_are_part_of_revision_0()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 100)));
        windows.At(1);
        windows.Outputs.Max = 0;
        windows.Tick(10);

        Assert.Equal(1, windows.At(2));
        Assert.Empty(windows.Said());
        windows.Outputs.Max = 9;
        windows.Tick(10);

        Assert.Equal(["tumbling_k_0..10 r0 n2"], windows.Said());
    }

    [Fact]
    public void A_record_that_would_conclude_something_waits_while_the_outbox_is_full()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 100)));
        windows.At(1);
        windows.Tick(10);
        windows.Outputs.Max = 1;

        Assert.Equal(1, windows.At(20, 2, 3));
        windows.Outputs.Waiting = 0;
        Assert.Equal(2, windows.At(2, 3));

        Assert.Equal(["tumbling_k_0..10 r0 n1", "tumbling_k_0..10 r1 n3"], windows.Said());
        Assert.Null(windows.State.Blocked);
    }

    [Fact]
    public void A_record_that_was_too_late_for_a_window_that_waits_for_the_outbox_is_not_part_of_it()
    {
        // 11 lies in [4, 14), which is closed but not said yet, and in [8, 18).
        var windows = new WindowHarness(Plan(WindowSpec.Sliding(10, 4)));
        windows.At(9);
        windows.Outputs.Max = 0;
        windows.Tick(14);

        windows.Apply(new Event("k", 11, 1, 14));
        windows.Outputs.Max = 9;
        windows.Tick(100);

        Assert.Equal(["sliding_k_0..10 r0 n1", "sliding_k_4..14 r0 n1", "sliding_k_8..18 r0 n2"], windows.Said());
    }

    [Theory]
    [InlineData(1, 100, WindowBound.Keys)]
    [InlineData(100, 1, WindowBound.Windows)]
    public void A_record_beyond_a_bound_waits_until_windows_close_and_the_state_says_so(int keys, int open, WindowBound bound)
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)) with { Bounds = new WindowBounds(keys, open) });

        Assert.Equal(2, windows.Apply(new Event("a", 1, 1), new Event("a", 2, 1), new Event("b", 1, 1), new Event("a", 3, 1)));
        Assert.Equal(new WindowBlock(P0, 2, "b", bound, PartitionId.NoTime), windows.State.Blocked);
        windows.Tick(10);
        Assert.Equal(1, windows.Apply(new Event("b", 11, 1)));

        Assert.Null(windows.State.Blocked);
        Assert.Equal(["tumbling_a_0..10 r0 n2"], windows.Said());
        Assert.Equal(3, windows.State.Books.In);
    }

    [Fact]
    public void What_needs_no_room_is_not_held_up_by_the_lack_of_it()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10), WindowSpec.Session(5)) with { Bounds = new WindowBounds(WindowsMax: 2) });
        windows.At(1);

        Assert.Equal(2, windows.Apply(new Event("k", 2, 1), new Event("x", 2, 1, 500)));

        Assert.Equal((3L, 1L), (windows.State.Books.In, windows.State.Books.LateRejected));
    }

    [Fact]
    public void A_key_that_is_held_goes_on_when_the_bound_of_keys_is_lowered_below_what_is_held()
    {
        var before = new WindowHarness(Plan(WindowSpec.Tumbling(10)));
        before.Apply(new Event("a", 1, 1), new Event("b", 1, 1));

        var windows = before.ChangedTo(Plan(WindowSpec.Tumbling(10)) with { Bounds = new WindowBounds(KeysMax: 1) });

        Assert.Equal(1, windows.Apply(new Event("a", 11, 1), new Event("c", 1, 1)));
        Assert.Equal((WindowBound.Keys, "c"), (windows.State.Blocked?.Bound, windows.State.Blocked?.Key));
    }

    [Fact]
    public void By_configuration_a_record_beyond_a_bound_is_refused_counted_and_told()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)) with { Bounds = new WindowBounds(KeysMax: 1, AtBound: AtBound.Refuse) });

        Assert.Equal(3, windows.Apply(new Event("a", 1, 1), new Event("b", 1, 5), new Event("a", 2, 1)));

        var books = windows.State.Books;
        Assert.Equal((3L, 2L, 1L, 0L, true), (books.In, books.OnTime, books.Refused, books.LateRejected, books.IsBalanced));
        Assert.Equal(new LateEvent(P0, 1, "b", 1, 5, 0, 0, 10, 0, PartitionId.NoTime, LateReason.Bound, IsRejected: true), Assert.Single(windows.State.TakeLate()));
        Assert.Null(windows.State.Blocked);
    }

    [Fact]
    public void Late_events_are_bounded_too_and_wait_until_they_are_taken()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)) with { Bounds = new WindowBounds(LateMax: 1) });
        Event late = new("k", 1, 1, 10);

        Assert.Equal(1, windows.Apply(late, late));
        Assert.Equal(WindowBound.Late, windows.State.Blocked?.Bound);
        Assert.Single(windows.State.TakeLate());

        Assert.Equal(1, windows.Apply(late));
    }

    [Fact]
    public void Many_revisions_of_one_batch_are_bounded_by_the_outbox()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 1_000_000)));
        Event[] keys = [.. Enumerable.Range(0, 5_000).Select(i => new Event($"k{i}", 1, 1))];
        windows.Apply(keys);
        windows.Tick(10);
        windows.Outputs.Waiting = 0;
        windows.Outputs.Max = 10;

        var applied = windows.Apply(keys);

        Assert.InRange(applied, 1, 1_000);
        Assert.Equal(5_000 + applied, windows.Outputs.Emitted.Count);
    }

    [Fact]
    public void Under_the_entity_machine_firings_have_no_cause_revisions_do_and_a_record_is_safe_when_its_revision_is_taken()
    {
        var entity = new EntityHarness(new WindowState(Plan(WindowSpec.Tumbling(10, 100))), new EntityOptions("cpu", IsFixedGroup: true));
        entity.Apply(Batch(0, [new Event("k", 1, 1), new Event("k", 2, 1)]));
        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [], new Tick(10, PartitionId.NoTime)), 1_000);
        entity.AcknowledgeWrite();
        Assert.Equal(1, entity.Answers[^1].Safe);
        entity.Settle();

        entity.Apply(Batch(2, [new Event("k", 20, 1), new Event("k", 3, 1, 10)]));
        entity.AcknowledgeWrite();
        Assert.Equal(2, entity.Answers[^1].Safe);
        entity.Settle();

        Assert.Equal(3, entity.Answers[^1].Safe);
        Assert.Equal([null, new AppliedOffset(EntityHarness.P0, 3)], entity.Taken.Select(t => t.Cause));
        Assert.Equal([2L, 3], entity.Taken.Select(t => Assert.IsType<WindowResult>(t.Output).Data.Count));
    }

    [Fact]
    public void Under_the_entity_machine_more_windows_than_the_outbox_holds_fire_by_one_tick_each_once()
    {
        var entity = new EntityHarness(new WindowState(Plan(WindowSpec.Tumbling(10))), new EntityOptions("cpu", IsFixedGroup: true, OutboxMax: 2));
        entity.Apply(Batch(0, [.. Enumerable.Range(0, 9).Select(i => new Event($"k{i}", 1, 1))]));

        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [], new Tick(10, PartitionId.NoTime)), 1_000);
        Assert.Equal(2, entity.Machine.OutboxCount);
        entity.Settle();

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"k{i}"), entity.Taken.Select(t => t.Key));
        Assert.Equal(Enumerable.Range(1, 9).Select(n => (long)n), entity.Taken.Select(t => t.Number));
    }

    [Fact]
    public void A_stored_state_that_is_none_of_these_windows_is_refused()
    {
        var state = (WindowStateSnapshot)new WindowState(Plan(WindowSpec.Tumbling(10))).CaptureAll();
        var keyOfTheSecond = state.Contents with { SessionKeys = [new SessionKeyState(1, "k", 0, 0)] };

        Assert.Contains("windows of spec 1, of 1", Assert.Throws<InvalidDataException>(() => new WindowState(Plan(WindowSpec.Tumbling(10))).Restore(state with { Contents = keyOfTheSecond })).Message, StringComparison.Ordinal);
        state = state with { Stamp = null };
        Assert.Contains("1 window specs, the pipeline has 2", Assert.Throws<InvalidDataException>(() => new WindowState(Plan(WindowSpec.Tumbling(10), WindowSpec.Session(3))).Restore(state)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => new WindowState(Plan(WindowSpec.Tumbling(10))).Fold(new SumLogic.State(1)));
    }
}
