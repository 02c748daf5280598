using ActorStream.Domain.Windows;
using Xunit;
using static ActorStream.Domain.Tests.Windows.WindowHarness;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>The sentences that decide what sessions mean.</summary>
public sealed class SessionSemanticsSpec
{
    [Theory]
    [InlineData(new long[] { 0 }, new[] { "session_k_0..10 r0 n1" })]
    [InlineData(new long[] { 0, 5 }, new[] { "session_k_0..15 r0 n2" })]
    [InlineData(new long[] { 0, 10 }, new[] { "session_k_0..20 r0 n2" })]
    [InlineData(new long[] { 0, 11 }, new[] { "session_k_0..10 r0 n1", "session_k_11..21 r0 n1" })]
    [InlineData(new long[] { 20, 0, 10 }, new[] { "session_k_0..30 r0 n3" })]
    [InlineData(new long[] { 40, 20, 0, 30, 10 }, new[] { "session_k_0..50 r0 n5" })]
    [InlineData(new long[] { 10, 0 }, new[] { "session_k_0..20 r0 n2" })]
    [InlineData(new long[] { 11, 0 }, new[] { "session_k_0..10 r0 n1", "session_k_11..21 r0 n1" })]
    [InlineData(new long[] { -5, -20 }, new[] { "session_k_-20..-10 r0 n1", "session_k_-5..5 r0 n1" })]
    public void Sessions_that_overlap_or_touch_are_one_on_both_sides(long[] times, string[] said)
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10)));

        windows.At(times);
        windows.Tick(1_000);

        Assert.Equal(said, windows.Said());
    }

    [Fact]
    public void Keys_have_sessions_of_their_own()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10)));

        windows.Apply(new Event("a", 0, 1), new Event("b", 5, 1));
        windows.Tick(1_000);

        Assert.Equal(["session_a_0..10 r0 n1", "session_b_5..15 r0 n1"], windows.Said());
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    public void Lateness_is_judged_on_the_events_own_gap_not_on_the_session_it_would_join(long watermarkBefore, bool isAccepted)
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10)));

        windows.Apply(new Event("k", 8, 1), new Event("k", 0, 1, watermarkBefore));
        windows.Tick(1_000);

        Assert.Equal([isAccepted ? "session_k_0..18 r0 n2" : "session_k_8..18 r0 n1"], windows.Said());
    }

    [Fact]
    public void A_session_that_grows_after_it_fired_gives_a_further_revision_under_its_id()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10)));
        windows.At(0);
        windows.Tick(10);
        Assert.Equal(["session_k_0..10 r0 n1"], windows.Said());

        // On time by its own [8, 18), and the fired session is still there.
        windows.Apply(new Event("k", 8, 1, 10));
        windows.Tick(17);
        Assert.Empty(windows.Said());
        windows.Tick(18);

        Assert.Equal(["session_k_0..18 r1 n2"], windows.Said());
    }

    [Fact]
    public void A_fired_session_is_kept_until_the_watermark_passes_end_gap_and_lateness()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 5)));
        windows.At(0);

        windows.Tick(24);
        Assert.Equal(1, windows.State.OpenWindows);
        windows.Apply(new Event("k", 10, 1, 24));
        Assert.Equal(["session_k_0..10 r0 n1", "session_k_0..20 r1 n2"], windows.Said());
        windows.Tick(34);
        Assert.Equal(1, windows.State.OpenWindows);
        windows.Tick(35);

        Assert.Equal(0, windows.State.OpenWindows);
    }

    [Fact]
    public void If_the_start_moves_the_old_id_is_retracted_and_names_the_session_that_took_it_in()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 50)));
        windows.At(20);
        windows.Tick(30);

        windows.Apply(new Event("k", 15, 1, 30));

        Assert.Equal(["session_k_20..30 r0 n1", "session_k_20 r1 into session_k_15", "session_k_15..30 r0 n2"], windows.Said());
    }

    [Fact]
    public void A_late_event_between_two_fired_sessions_revises_one_and_retracts_the_other()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 50)));
        windows.At(0, 15);
        windows.Tick(25);

        windows.Apply(new Event("k", 7, 1, 25));

        Assert.Equal(
            ["session_k_0..10 r0 n1", "session_k_15..25 r0 n1", "session_k_15 r1 into session_k_0", "session_k_0..25 r1 n3"], windows.Said());
        Assert.Equal([2L, 1, 2], new[] { windows.State.Books.Specs[0].Created, windows.State.Books.Specs[0].Merged, windows.State.Books.Specs[0].Completed });
    }

    [Fact]
    public void Several_merges_before_the_next_firing_retract_each_id_once_and_never_name_one_that_was_not_emitted()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 50)));
        windows.At(40);
        windows.Tick(50);
        windows.Said();

        // To the right first, so that it is open again; then twice to the left.
        windows.Apply(new Event("k", 48, 1, 50), new Event("k", 35, 1, 50), new Event("k", 30, 1, 50));
        Assert.Empty(windows.Said());
        windows.Tick(58);

        Assert.Equal(["session_k_40 r1 into session_k_30", "session_k_30..58 r0 n4"], windows.Said());
    }

    [Fact]
    public void What_a_session_is_to_retract_goes_on_to_the_session_that_takes_it_in()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 50)));
        windows.At(40);
        windows.Tick(50);
        windows.Said();

        // [40, 58) is open again, then starts at 35 and is to retract 40; then 25 joins it to [15, 25).
        windows.Apply(new Event("k", 48, 1, 50), new Event("k", 35, 1, 50), new Event("k", 15, 1, 50), new Event("k", 25, 1, 50));
        Assert.Empty(windows.Said());
        windows.Tick(58);

        Assert.Equal(["session_k_40 r1 into session_k_15", "session_k_15..58 r0 n5"], windows.Said());
    }

    [Fact]
    public void Final_sessions_emit_once_when_nothing_can_touch_them_any_more()
    {
        var windows = new WindowHarness(Plan(WindowSpec.Session(10, 5)) with { Emit = EmitMode.Final });
        windows.At(0);

        windows.Tick(24);
        windows.Apply(new Event("k", 10, 1, 24));
        windows.Tick(34);
        Assert.Empty(windows.Said());
        windows.Tick(35);

        Assert.Equal(["session_k_0..20 r0 n2"], windows.Said());
        Assert.Equal(0, windows.State.OpenWindows);
    }
}
