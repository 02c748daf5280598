using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Joins;

/// <summary>A join event by event.</summary>
public sealed class JoinSemanticsSpec
{
    private static readonly PartitionId Orders = new("join", "orders", 1, 0);
    private static readonly PartitionId Payments = new("join", "payments", 1, 0);

    private readonly RowsInHand _outputs = new();
    private readonly Dictionary<PartitionId, long> _next = [];

    [Fact]
    public void Every_pair_of_a_key_and_window_is_a_row_with_an_id_of_its_own_when_the_watermark_reaches_the_end()
    {
        var join = Join(WindowSpec.Tumbling(10));

        Apply(join, Orders, new Event("k", 1, 1), new Event("k", 2, 2), new Event("other", 2, 7), new Event("k", 12, 3));
        Apply(join, Payments, new Event("k", 9, 10), new Event("k", 3, 20));
        Tick(join, 9);
        Assert.Empty(Said());
        Tick(join, 10);

        Assert.Equal(
            ["p/tumbling_k_0_0.0_0.0 r0 1+10", "p/tumbling_k_0_0.0_0.1 r0 1+20", "p/tumbling_k_0_0.1_0.0 r0 2+10", "p/tumbling_k_0_0.1_0.1 r0 2+20"],
            Said());
        Assert.Equal(1, join.OpenWindows);
    }

    [Fact]
    public void Of_sliding_windows_a_pair_leaves_once_for_each_window_that_holds_both()
    {
        var join = Join(WindowSpec.Sliding(10, 5));

        Apply(join, Orders, new Event("k", 6, 1));
        Apply(join, Payments, new Event("k", 12, 2));
        Tick(join, 100);

        Assert.Equal(["p/sliding_k_5_0.0_0.0 r0 1+2"], Said());
    }

    [Fact]
    public void A_left_join_says_a_left_event_alone_and_takes_that_back_when_a_late_right_one_meets_it()
    {
        var join = Join(WindowSpec.Tumbling(10, 100), JoinType.Left);
        Apply(join, Orders, new Event("k", 1, 1), new Event("k", 2, 2));
        Tick(join, 10);
        Assert.Equal(["p/tumbling_k_0_0.0_none r0 1+", "p/tumbling_k_0_0.1_none r0 2+"], Said());

        Apply(join, Payments, new Event("k", 3, 30));
        Assert.Equal(["p/tumbling_k_0_0.0_none r1 1+", "p/tumbling_k_0_0.0_0.0 r0 1+30", "p/tumbling_k_0_0.1_none r1 2+", "p/tumbling_k_0_0.1_0.0 r0 2+30"], Said());
        Apply(join, Payments, new Event("k", 4, 40));
        Assert.Equal(["p/tumbling_k_0_0.0_0.1 r0 1+40", "p/tumbling_k_0_0.1_0.1 r0 2+40"], Said());
        Apply(join, Orders, new Event("k", 5, 5));
        Assert.Equal(["p/tumbling_k_0_0.2_0.0 r0 5+30", "p/tumbling_k_0_0.2_0.1 r0 5+40"], Said());
    }

    [Fact]
    public void An_inner_join_says_nothing_of_events_that_meet_none()
    {
        var join = Join(WindowSpec.Tumbling(10));

        Apply(join, Orders, new Event("k", 1, 1));
        Apply(join, Payments, new Event("l", 1, 1));
        Tick(join, 10);

        Assert.Empty(Said());
        Assert.Equal((0, 0), (join.Keys, join.OpenWindows));
    }

    [Fact]
    public void With_emit_final_rows_leave_once_when_nothing_late_can_come_any_more()
    {
        var join = Join(WindowSpec.Tumbling(10, 5), JoinType.Left, EmitMode.Final);
        Apply(join, Orders, new Event("k", 1, 1));
        Tick(join, 14);
        Apply(join, Payments, new Event("k", 2, 2, WatermarkBefore: 14));
        Assert.Empty(Said());

        Tick(join, 15);

        Assert.Equal(["p/tumbling_k_0_0.0_0.0 r0 1+2"], Said());
        Assert.Equal(1, join.Books.LateAccepted);
    }

    [Fact]
    public void An_event_that_is_late_for_every_window_is_told_of_and_changes_nothing()
    {
        var join = Join(WindowSpec.Tumbling(10, 5), JoinType.Left);
        Apply(join, Orders, new Event("k", 1, 1));
        Tick(join, 10);
        Said();

        Apply(join, Payments, new Event("k", 2, 2, WatermarkBefore: 15));

        Assert.Empty(Said());
        var late = Assert.Single(join.TakeLate());
        Assert.Equal((Payments, 0, LateReason.Late, true, 15), (late.Partition, (int)late.Offset, late.Reason, late.IsRejected, (int)late.WatermarkMs));
    }

    [Fact]
    public void A_window_of_many_pairs_leaves_in_slices_and_no_record_is_applied_meanwhile()
    {
        var join = Join(WindowSpec.Tumbling(10, 100));
        Apply(join, Orders, [.. Enumerable.Range(0, 30).Select(i => new Event("k", 1, i))]);
        Apply(join, Payments, [.. Enumerable.Range(0, 30).Select(i => new Event("k", 2, i))]);
        _outputs.Max = 100;

        Tick(join, 10);
        Assert.Equal((100, true), (_outputs.Emitted.Count, join.HasDue));
        Assert.Equal(0, Apply(join, Orders, new Event("k", 3, 99)));
        for (_outputs.Waiting = 0; join.HasDue; _outputs.Waiting = 0)
            join.Resume(_outputs);

        Assert.Equal(900, _outputs.Emitted.Select(e => e.Row.ResultId).Distinct().Count());
        Assert.Equal(900, _outputs.Emitted.Count);
        Assert.Equal(1, Apply(join, Orders, new Event("k", 3, 99)));
        Assert.Equal(930, _outputs.Emitted.Count);
    }

    [Fact]
    public void At_its_bound_of_events_a_record_waits_or_is_refused_and_what_is_rejected_needs_no_room()
    {
        var waits = Join(WindowSpec.Tumbling(10), bounds: new WindowBounds(WindowsMax: 2));
        Assert.Equal(2, Apply(waits, Orders, new Event("k", 1, 1), new Event("l", 1, 1), new Event("k", 2, 1)));
        Assert.Equal((WindowBound.Windows, 2), (waits.Blocked!.Bound, (int)waits.Blocked.Offset));
        Assert.Equal(1, Apply(waits, Payments, new Event("k", 1, 1, WatermarkBefore: 10)));
        Tick(waits, 10);
        Assert.Equal(1, Apply(waits, Orders, new Event("k", 12, 1)));

        _next.Clear();
        var refuses = Join(WindowSpec.Tumbling(10), bounds: new WindowBounds(KeysMax: 1, AtBound: AtBound.Refuse));
        Assert.Equal(3, Apply(refuses, Orders, new Event("k", 1, 1), new Event("l", 1, 1), new Event("k", 2, 1)));
        Assert.Equal((3, 2, 1, 2), ((int)refuses.Books.In, (int)refuses.Books.OnTime, (int)refuses.Books.Refused, refuses.OpenWindows));
        Assert.Equal(LateReason.Bound, Assert.Single(refuses.TakeLate()).Reason);
    }

    [Fact]
    public void A_topic_that_was_made_anew_gives_ids_of_its_own()
    {
        var join = Join(WindowSpec.Tumbling(10));

        Apply(join, Orders with { Incarnation = 2 }, new Event("k", 1, 1));
        Apply(join, Payments, new Event("k", 1, 2));
        Tick(join, 10);

        Assert.Equal(["p/tumbling_k_0_0-2.0_0.0 r0 1+2"], Said());
    }

    [Fact]
    public void A_value_that_is_no_number_throws_and_changes_nothing()
    {
        var join = Join(WindowSpec.Tumbling(10));

        Assert.Throws<InvalidDataException>(() => Apply(join, Orders, new Event("k", 1, double.NaN)));

        Assert.Equal((0, 0), ((int)join.Books.In, join.OpenWindows));
    }

    private static JoinState Join(WindowSpec spec, JoinType type = JoinType.Inner, EmitMode emit = EmitMode.Update, WindowBounds? bounds = null) =>
        new(new JoinPlan(new WindowPlan("p", [spec], "results") { Emit = emit, Bounds = bounds ?? new WindowBounds() }, type, Payments.Topic));

    private int Apply(JoinState join, PartitionId partition, params IReadOnlyList<Event> events)
    {
        var (first, index) = (_next.GetValueOrDefault(partition), 0);
        join.Apply(partition, WindowHarness.Batch(first, events), ref index, _outputs);
        _next[partition] = first + index;
        return index;
    }

    private void Tick(JoinState join, long watermark) => join.Tick(Orders, new Tick(watermark, PartitionId.NoTime), _outputs);

    private IReadOnlyList<string> Said()
    {
        var said = _outputs.Emitted.Select(e => $"{e.Row.ResultId} r{e.Row.Revision} {e.Row.Left.Value}+{e.Row.Right?.Value}").ToArray();
        _outputs.Emitted.Clear();
        return said;
    }
}
