using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using CsCheck;
using Xunit;
using static ActorStream.Wire.Tests.Serialization.StateThroughBytes;

namespace ActorStream.Wire.Tests.Serialization;

public sealed class JoinStateCodecSpec
{
    private static readonly PartitionId Left = new("pipeline.p", "orders", 1, 0);
    private static readonly PartitionId Right = new("pipeline.p", "payments", 3, 5);
    private static readonly JoinPlan Plan = new(new WindowPlan("p", [WindowSpec.Sliding(25_000, 10_000, 30_000)], "results"), JoinType.Left, Right.Topic);

    [Fact]
    public void A_join_that_went_through_bytes_says_the_same_as_one_that_did_not() =>
        Gen.Select(Gen.Int[0, 5], Gen.Long[0, 100_000], Gen.Double[-1e6, 1e6], Gen.Bool).Array[1, 200].Sample(static rows =>
        {
            // The outbox takes few rows: checkpoints fall into the midst of windows that are leaving.
            var (running, fromChanges, fromSnapshot) = (new JoinState(Plan), new JoinState(Plan), new JoinState(Plan));
            foreach (var chunk in rows.Chunk(20))
            {
                Feed(running, chunk);
                if (running.Capture() is JoinStateChange change)
                    fromChanges.Fold(Through(change));
            }
            fromSnapshot.Restore(Through((JoinStateSnapshot)running.CaptureAll()));

            var expected = Ended(running);

            Assert.Equal(expected, Ended(fromChanges));
            Assert.Equal(expected, Ended(fromSnapshot));
        }, iter: 100);

    [Fact]
    public void An_event_takes_two_dozen_bytes()
    {
        var snapshot = Many(10_000);

        Assert.InRange(Serializer.ToBinary(snapshot).Length, 10_000 * 10, 10_000 * 24);
        Assert.Equal(Described.Of(snapshot), Described.Of(Through(snapshot)));
    }

    [Fact]
    public void Events_that_do_not_fit_their_panes_are_refused()
    {
        Refused(static m => m.Books = null, "books");
        Refused(static m => m.Keys.Panes[0] = 2, "panes");
        Refused(static m => m.Panes.Left[0] = 7, "events");
        Refused(static m => m.Panes.Left[0] = -1, "events");
        Refused(static m => m.Events = null, "events");
        Refused(static m => m.Events.Values.RemoveAt(0), "values");
        Refused(static m => m.Events.Incarnations.Add(1), "incarnations");
    }

    private static void Refused(Action<JoinStateMessage> change, string part) => StateThroughBytes.Refused(JoinStateMessage.Parser, Many(3), change, part);

    /// <summary>Of one key.</summary>
    private static JoinStateSnapshot Many(int events)
    {
        var rows = new JoinedEvent[events];
        for (var i = 0; i < events; i++)
            rows[i] = new JoinedEvent(1_764_000_000_000 + (i * 31 % 60_000), i / 4.0, 2, 1, 1_000_000 + (3 * i));
        return new JoinStateSnapshot(
            1_764_000_000_000, new WindowBooks(events, events, 0, 0, 0, [new SpecBooks(1, 0, 0, 0, 0)]), null, new JoinContents([new JoinKeyState("key", 7, 6, 1)], [new JoinPaneState(6, 6, events, 0)], rows));
    }

    private static void Feed(JoinState state, (int Key, long Time, double Value, bool IsLeft)[] rows)
    {
        foreach (var side in rows.ToLookup(static r => r.IsLeft, static r => (r.Key, r.Time, r.Value)))
            StateThroughBytes.Feed(state, side.Key ? Left : Right, [.. side], new Said { Max = 40 });
        state.Tick(Left, new Tick(rows.Max(static r => r.Time) - 40_000, PartitionId.NoTime), new Said { Max = 25 });
    }

    private static string[] Ended(JoinState state) => StateThroughBytes.Ended(state, Left);
}
