using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using Xunit;
using static ActorStream.Domain.Tests.Windows.WindowHarness;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>The sentences that decide what tumbling and sliding windows mean.</summary>
public sealed class WindowSemanticsSpec
{
    [Fact]
    public void Windows_are_half_open_and_aligned_to_the_epoch()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));

        windows.At(0, 9, 10, 19, -1, -10, -11);
        windows.Tick(20);

        Assert.Equal(["tumbling_k_-20..-10 r0 n1", "tumbling_k_-10..0 r0 n2", "tumbling_k_0..10 r0 n2", "tumbling_k_10..20 r0 n2"], windows.Said());
    }

    [Theory]
    [InlineData(10, 5, 12, new long[] { 5, 10 })]
    [InlineData(10, 4, 12, new long[] { 4, 8, 12 })]
    [InlineData(10, 4, 13, new long[] { 4, 8, 12 })]
    [InlineData(10, 4, 14, new long[] { 8, 12 })]
    [InlineData(10, 10, -1, new long[] { -10 })]
    [InlineData(10, 4, -1, new long[] { -8, -4 })]
    [InlineData(7, 3, 0, new long[] { -6, -3, 0 })]
    [InlineData(7, 3, -7, new long[] { -12, -9 })]
    public void A_sliding_window_starts_at_every_multiple_of_the_slide_that_still_holds_the_time(long size, long slide, long time, long[] starts)
    {
        var spec = WindowSpec.Sliding(size, slide);
        var windows = new WindowHarness(Plan(spec));

        windows.At(time);
        windows.Tick(1_000);

        Assert.Equal(starts, spec.StartsOf(time));
        Assert.Equal(starts.Select(s => $"sliding_k_{s}..{s + size} r0 n1"), windows.Said());
    }

    [Fact]
    public void A_window_closes_when_the_watermark_reaches_its_end_and_not_before()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));
        windows.At(3);

        windows.Tick(9);
        Assert.Empty(windows.Said());
        windows.Tick(10);
        Assert.Equal(["tumbling_k_0..10 r0 n1"], windows.Said());
        windows.Tick(11);

        Assert.Empty(windows.Said());
    }

    [Fact]
    public void A_watermark_never_moves_back()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));

        windows.Tick(20);
        windows.Tick(5);

        Assert.Equal(20, windows.State.Watermark);
    }

    [Theory]
    [InlineData(0, 9, true)]
    [InlineData(0, 10, false)]
    [InlineData(5, 14, true)]
    [InlineData(5, 15, false)]
    public void An_event_is_late_when_end_and_lateness_are_at_or_behind_the_watermark_before_it(long lateness, long watermarkBefore, bool isAccepted)
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, lateness)));

        windows.Apply(new Event("k", 3, 1, watermarkBefore));
        windows.Tick(1_000);

        Assert.Equal(isAccepted ? 1 : 0, windows.Said().Count);
        Assert.Equal(isAccepted ? 0 : 1, windows.State.Books.LateRejected);
        Assert.Equal(isAccepted ? 0 : 1, windows.State.Books.Specs[0].Rejections);
    }

    [Fact]
    public void A_late_event_goes_to_the_late_output_with_reason_window_watermark_and_position()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));

        windows.Apply(new Event("k", 3, 1), new Event("k", 4, 7, 12));

        Assert.Equal(
            new LateEvent(P0, 1, "k", 4, 7, 0, 0, 10, 1, 12, LateReason.Late, IsRejected: true), Assert.Single(windows.State.TakeLate()));
        Assert.Empty(windows.State.TakeLate());
        windows.Tick(10);
        Assert.Equal(["tumbling_k_0..10 r0 n1"], windows.Said());
    }

    [Fact]
    public void Late_by_a_watermark_given_while_idle_has_a_reason_of_its_own()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));

        windows.Apply(P0, [new Event("k", 3, 1, 50), new Event("k", 61, 1, 50), new Event("k", 41, 1, 51)], idleRaisedTo: 50);

        Assert.Equal([LateReason.IdlePartition, LateReason.Late], windows.State.TakeLate().Select(l => l.Reason));
    }

    [Fact]
    public void What_the_group_has_closed_is_behind_whatever_the_partition_says()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5)));
        windows.Tick(15);

        windows.Apply(P1, [new Event("k", 3, 1), new Event("k", 13, 1)]);

        var late = Assert.Single(windows.State.TakeLate());
        Assert.Equal((LateReason.Behind, 15L, 0L), (late.Reason, late.WatermarkMs, late.Offset));
        Assert.Equal(1, windows.State.Books.OnTime);
    }

    [Fact]
    public void A_window_emits_one_further_revision_for_the_late_changes_of_a_batch()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 100)));
        windows.At(3);
        windows.Tick(10);

        windows.Apply(new Event("k", 4, 1, 10), new Event("k", 30, 1, 10), new Event("k", 5, 1, 30));
        windows.Apply(new Event("k", 6, 1, 30));

        Assert.Equal([(0, -1L), (1, 1), (2, 4)], windows.Outputs.Emitted.Select(e => (e.Result.Revision, e.Cause)));
        Assert.Equal(["tumbling_k_0..10 r0 n1", "tumbling_k_0..10 r1 n3", "tumbling_k_0..10 r2 n4"], windows.Said());
        Assert.Equal((2L, 3L, 5L), (windows.State.Books.OnTime, windows.State.Books.LateAccepted, windows.State.Books.In));
    }

    [Fact]
    public void A_late_first_event_of_a_window_that_time_has_passed_is_revision_0_at_once()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 100)));
        windows.Tick(50);

        windows.Apply(new Event("k", 4, 1, 50));
        windows.Tick(60);
        windows.Apply(new Event("k", 5, 1, 60));

        Assert.Equal(["tumbling_k_0..10 r0 n1", "tumbling_k_0..10 r1 n2"], windows.Said());
    }

    [Fact]
    public void Final_emits_once_at_end_and_lateness()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5)) with { Emit = EmitMode.Final });
        windows.At(3);

        windows.Tick(14);
        windows.Apply(new Event("k", 4, 1, 14));
        Assert.Empty(windows.Said());
        windows.Tick(15);
        windows.Tick(99);

        Assert.Equal(["tumbling_k_0..10 r0 n2"], windows.Said());
    }

    [Fact]
    public void An_event_is_rejected_only_if_every_window_it_belongs_to_rejected_it()
    {
        // 12 lies in [4, 14), [8, 18) and [12, 22).
        var windows = new WindowHarness(Plan(WindowSpec.Sliding(10, 4)));

        windows.Apply(new Event("k", 12, 1), new Event("k", 12, 1, 14), new Event("k", 12, 1, 18), new Event("k", 12, 1, 22));

        var books = windows.State.Books;
        Assert.Equal((4L, 1L, 2L, 1L, 6L), (books.In, books.OnTime, books.LateAccepted, books.LateRejected, books.Specs[0].Rejections));
        Assert.Equal([(4L, 1L, false), (8, 2, false), (12, 3, true)], windows.State.TakeLate().Select(l => (l.WindowStartMs, l.Windows, l.IsRejected)));
        windows.Tick(100);
        Assert.Equal(["sliding_k_4..14 r0 n1", "sliding_k_8..18 r0 n2", "sliding_k_12..22 r0 n3"], windows.Said());
    }

    [Fact]
    public void An_event_is_rejected_only_if_every_window_of_every_spec_did()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10), WindowSpec.Tumbling(100)));

        windows.Apply(new Event("k", 3, 1, 10));

        Assert.Equal((0L, 1L), (windows.State.Books.LateRejected, windows.State.Books.LateAccepted));
        Assert.False(Assert.Single(windows.State.TakeLate()).IsRejected);
    }

    [Fact]
    public void Several_specs_of_a_type_have_ids_of_their_own()
    {
        var plan = Plan(WindowSpec.Tumbling(10), WindowSpec.Tumbling(20), WindowSpec.Sliding(10, 5), WindowSpec.Sliding(20, 5), WindowSpec.Session(3), WindowSpec.Session(4));
        var windows = new WindowHarness(plan);

        windows.At(7);
        windows.Tick(100);

        Assert.Equal(
            ["sliding-20-5_k_-10", "tumbling_k_0", "sliding_k_0", "session_k_7", "session-4_k_7", "sliding-20-5_k_-5", "sliding_k_5", "tumbling-20_k_0", "sliding-20-5_k_0", "sliding-20-5_k_5"],
            windows.Outputs.Emitted.Select(e => e.Result.WindowId));
        Assert.Equal("p/tumbling_k_0", windows.Outputs.Emitted[1].Result.ResultId);
    }

    [Fact]
    public void Results_come_in_order_of_end_start_and_key()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));

        windows.Apply(new Event("b", 12, 1), new Event("b", 2, 1), new Event("a", 2, 1), new Event("a", 12, 1), new Event("B", 2, 1));
        windows.Tick(20);

        Assert.Equal(["B 0", "a 0", "b 0", "a 10", "b 10"], windows.Outputs.Emitted.Select(e => $"{e.Result.Key} {e.Result.StartMs}"));
    }

    [Fact]
    public void The_end_of_time_closes_everything()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10, 5), WindowSpec.Sliding(10, 3, 5), WindowSpec.Session(5, 5)));
        windows.At(1, 2, 30);

        windows.Tick(long.MaxValue);

        Assert.All(windows.State.Books.Specs, s => Assert.Equal((0L, s.Created), (s.Active, s.Completed + s.Merged)));
        Assert.Equal((0, 0), (windows.State.Keys, windows.State.OpenWindows));
    }

    [Fact]
    public void All_aggregates_are_told_when_asked_for()
    {
        var plan = Plan(WindowSpec.Tumbling(100)) with { Aggregates = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles, Quantiles = [0.5] };
        var windows = new WindowHarness(plan);

        windows.Apply(new Event("k", 1, 1e9 + 4), new Event("k", 9, 1e9 + 7), new Event("k", 3, 1e9 + 13), new Event("k", 9, 1e9 + 16));
        windows.Apply(P1, [new Event("k", 9, 1e9 + 7)]);
        windows.Tick(100);

        var data = Assert.Single(windows.Outputs.Emitted).Result.Data;
        Assert.Equal((5L, 5e9 + 47, 1e9 + 4, 1e9 + 16, 1e9 + 9.4, 9L), (data.Count, data.Sum, data.Min, data.Max, data.Avg, data.LastUpdatedMs));
        Assert.Equal((1e9 + 7, 4L), (data.Last, data.Distinct));
        Assert.Equal(Math.Sqrt(19.44), data.StdDev!.Value, 14);
        Assert.InRange(Assert.Single(data.Quantiles!), 1e9 + 4, 1e9 + 16);
    }

    [Fact]
    public void Windows_held_are_listed_by_start_with_their_counts_and_whether_they_fired()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Sliding(10, 5, 100), WindowSpec.Session(4)));
        windows.Apply(new Event("b", 3, 1), new Event("b", 7, 1), new Event("a", 7, 1));
        windows.Tick(5);

        Assert.Equal(
            [("sliding_b_-5", 1L, true), ("sliding_a_0", 1, false), ("sliding_b_0", 2, false), ("session_b_3", 2, false), ("sliding_a_5", 1, false), ("sliding_b_5", 1, false), ("session_a_7", 1, false)],
            windows.State.Describe(100).Select(w => (w.WindowId, w.EventCount, w.IsFired)));
        Assert.Empty(windows.State.Describe(0));
    }

    [Fact]
    public void A_value_that_is_no_number_changes_nothing_and_does_not_stop_the_others()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10)));
        var (batch, index) = (Batch(0, [new Event("k", 1, 1), new Event("k", 1, double.NaN), new Event("k", 1, 1)]), 0);

        var error = Assert.Throws<InvalidDataException>(() => windows.State.Apply(P0, batch, ref index, windows.Outputs));
        Assert.Equal(1, index++);
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
        windows.State.Apply(P0, batch, ref index, windows.Outputs);

        Assert.Equal((3, 2L), (index, windows.State.Books.In));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_time_that_is_no_time_is_refused_with_its_value(long time)
    {
        var windows = new WindowHarness(Plan(WindowSpec.Tumbling(10), WindowSpec.Session(5)));
        windows.At(1);

        Assert.Contains($"{time}", Assert.Throws<InvalidDataException>(() => windows.At(time)).Message, StringComparison.Ordinal);
    }
}
