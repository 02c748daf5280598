using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using CsCheck;
using Xunit;
using static ActorStream.Wire.Tests.Serialization.StateThroughBytes;

namespace ActorStream.Wire.Tests.Serialization;

public sealed class WindowStateCodecSpec
{
    private const long Time = 1_764_000_000_000;

    private static readonly PartitionId Partition = new("pipeline.p", "events", 1, 0);

    private static readonly Gen<(int Key, long Time, double Value)[]> Events =
        Gen.Select(Gen.Int[0, 5], Gen.Long[0, 100_000], Gen.OneOf(Gen.Double[-1e6, 1e6], Gen.Const(1e300), Gen.Const(-1e-300), Gen.Int[0, 9].Select(static i => (double)i))).Array[1, 400];

    private static readonly WindowPlan Plan = new("p", [WindowSpec.Tumbling(10_000, 5_000), WindowSpec.Sliding(25_000, 10_000), WindowSpec.Session(3_000, 60_000)], "results")
    {
        Aggregates = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles,
    };

    [Fact]
    public void Windows_that_went_through_bytes_say_the_same_as_those_that_did_not() => Events.Sample(static rows =>
    {
        var (running, fromChanges, fromSnapshot) = (new WindowState(Plan), new WindowState(Plan), new WindowState(Plan));
        foreach (var chunk in rows.Chunk(50))
        {
            Feed(running, chunk);
            fromChanges.Fold(Through((WindowStateChange)running.Capture()!));
        }
        fromSnapshot.Restore(Through((WindowStateSnapshot)running.CaptureAll()!));

        var expected = Ended(running);

        Assert.Equal(expected, Ended(fromChanges));
        Assert.Equal(expected, Ended(fromSnapshot));
    }, iter: 40);

    [Fact]
    public void More_than_a_few_distinct_values_come_back_as_registers()
    {
        var state = new WindowState(Plan);
        Feed(state, [.. Enumerable.Range(0, 2_000).Select(static i => (0, 1_000L, (double)i))]);

        var back = Through((WindowStateSnapshot)state.CaptureAll()!);

        Assert.Equal(4_096, back.Contents.Panes[0].Cell.Extras!.Distinct!.Registers!.Count);
        Assert.Equal(Described.Of(state.CaptureAll()!), Described.Of(back));
    }

    [Fact]
    public void A_window_of_whole_numbers_takes_three_dozen_bytes_beside_its_key()
    {
        var snapshot = Many(10_000);

        var bytes = Serializer.ToBinary(snapshot);

        Assert.InRange(bytes.Length, 10_000 * 30, 10_000 * (36 + 12));
        Assert.Equal(Described.Of(snapshot), Described.Of(Through(snapshot)));
    }

    [Fact]
    public void Windows_that_do_not_fit_each_other_are_refused()
    {
        Refused(static m => m.Books = null, "books");
        Refused(static m => m.PanedKeys.Panes[0] = 2, "panes");
        Refused(static m => m.PanedKeys.Panes[0] = -1, "panes");
        Refused(static m => m.PanedKeys.Panes[0] = 0, "belong to no key");
        Refused(static m => m.PanedKeys = null, "belong to no key");
        Refused(static m => m.PanedKeys.Fired.Add(m.PanedKeys.Panes), "fired windows");
        Refused(static m => m.Panes.From.Add(1), "from");
        Refused(static m => m.Panes.Cells = null, "cells");
        Refused(static m => m.Panes.Cells.Mins.RemoveAt(0), "mins");
        Refused(static m => m.Panes.Cells.Parts.RemoveAt(0), "parts");
        Refused(static m => m.Panes.Cells.Parts[0] |= 256, "unknown");
        Refused(static m => m.Panes.Cells.Extras = null, "extras");
        Refused(static m => m.Panes.Cells.Extras.LastValues.Add(1), "last_times");
        Refused(static m => m.Panes.Cells.Extras.WideLowest.RemoveAt(0), "wide_limb_counts");
        Refused(static m => m.Panes.Cells.Extras.Few.Clear(), "left");
        Refused(static m => m.Panes.Cells.Extras.Few.Add(1), "few");
        Refused(static m => m.Panes.Cells.Extras.BucketCounts.RemoveAt(0), "end before");
        Refused(static m => m.Sessions.Absorbed.Add([9, 0, 0]), "taken in");
        Refused(static m => m.Sessions.Ends.RemoveAt(0), "ends");
        Refused(static m => m.Stamp.Specs[0].Type = (WindowTypePart)9, "unknown");
    }

    [Fact]
    public void A_state_says_by_which_change_it_was_written_of_which_windows_it_is_and_what_of_them_is_closed()
    {
        var first = new WindowState(Plan);
        Feed(first, [(0, 50_000, 1)]);
        var changed = new WindowState(Plan with { Specs = [WindowSpec.Tumbling(60_000), WindowSpec.Tumbling(10_000, 7_000)] }, version: 17);
        changed.Restore(first.CaptureAll()!);

        var back = Through((WindowStateChange)changed.Capture()!);

        Assert.True(back.Stamp!.Says(new PlanStamp(17, [new SpecStamp(WindowSpec.Tumbling(60_000), 10_000), new SpecStamp(WindowSpec.Tumbling(10_000, 7_000), 5_000)])));
    }

    private static void Refused(Action<WindowStateMessage> change, string part)
    {
        var state = new WindowState(Plan);
        Feed(state, [(0, 1_000, 1), (1, 50_000, 2), (2, 90_000, 1e300)]);
        StateThroughBytes.Refused(WindowStateMessage.Parser, state.CaptureAll()!, change, part);
    }

    /// <summary>One tumbling window for each of so many keys.</summary>
    internal static WindowStateSnapshot Many(int windows)
    {
        var keys = Enumerable.Range(0, windows).Select(static i => new PanedKeyState(0, $"key-{i}", 29_400_001, 29_400_000, 1, 29_400_000, 0)).ToArray();
        var panes = Enumerable.Range(0, windows).Select(static i => new PaneState(29_400_000, 29_400_000, new CellState(10 + (i % 7), new ExactSumState(0, 450 + i, null), 0.5, 9, Time + (i * 31 % 60_000), null))).ToArray();
        return new WindowStateSnapshot(Time, new WindowBooks(10, 10, 0, 0, 0, [new SpecBooks(windows, 0, 0, 0, 0)]), new WindowContents(keys, panes, [], [], []));
    }

    private static void Feed(WindowState state, (int Key, long Time, double Value)[] rows)
    {
        StateThroughBytes.Feed(state, Partition, rows, new Said());
        state.Tick(Partition, new Tick(rows.Max(static r => r.Time) - 40_000, PartitionId.NoTime), new Said());
    }

    private static string[] Ended(WindowState state) => StateThroughBytes.Ended(state, Partition);
}
