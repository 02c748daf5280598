using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Topics;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Windows;

/// <summary>What a window group does while its pipeline is changed under its name, on nodes that know it sooner and later.</summary>
public sealed class ChangedPipelineSpec(ITestOutputHelper output) : WindowActorWorld(output)
{
    private static readonly PipelineSpec Before = Pipeline(Plan, version: 3);
    private static readonly PipelineSpec After = Pipeline(Plan with { Specs = [WindowSpec.Session(3_000), WindowSpec.Tumbling(10_000, 5_000), WindowSpec.Tumbling(60_000)] }, version: 8);

    [Fact]
    public void When_its_node_knows_a_later_change_it_writes_what_it_has_and_ends_and_the_next_one_goes_on()
    {
        var known = Before;
        var first = New(Before, () => known);
        Tell(first, [Batch(0, [At("a", 1_000), At("a", 9_999)], version: 3)], null);
        Assert.Equal(1, AppliedAt(1).Applied);
        Assert.Equal(0, _world.Sql(Journaled));

        known = After;
        Tell(first, [Batch(2, [At("a", 2_000)], version: 8)], null);
        // Nothing of it was applied, and what was before it is safe before the group is gone.
        SafeAt(1);
        _world.ExpectStopped(first);
        Assert.Equal(1, _world.Sql(Journaled));

        var second = New(After, () => known);
        Tell(second, [], null);
        Assert.Equal(1, AppliedAt(1).Applied);
        Send(second, 2, [At("a", 2_000)], watermark: PartitionId.EndOfTime);
        SafeAt(2);

        Assert.Equal(0, Clean(second).OpenWindows);
        // The window that is new has the event that came after the change.
        Assert.Equal(
            ["session_a_1000 r0 n2", "session_a_9999 r0 n1", "tumbling-60000_a_0 r0 n1", "tumbling_a_0 r0 n3"],
            Results().Select(static r => $"{r.WindowName}_{r.Key}_{r.StartMs} r{r.Revision} n{r.Data.Count}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Events_of_a_later_change_wait_until_the_node_knows_it_and_what_was_applied_is_written()
    {
        var known = Before;
        var first = New(Before, () => known);
        Tell(first, [Batch(0, [At("a", 1_000)], version: 3)], null);
        AppliedAt(0);

        EventBatch[] later = [Batch(1, [At("a", 2_000), At("b", 2_000)], version: 8)];
        Tell(first, later, null);
        SafeAt(0);
        Tell(first, later, 500);
        Assert.Equal((0, 1), (AppliedAt(0).Applied, Describe(first).Events.In));
        Assert.Null(Describe(first).Watermark);
        Assert.Equal(1, _world.Sql(Journaled));

        known = After;
        Tell(first, [], 500);
        _world.ExpectStopped(first);
        var second = New(After, () => known);
        Tell(second, later, null);
        Tell(second, [], null);
        SafeAt(2);
        Assert.Equal(3, Describe(second).Events.In);
    }

    [Fact]
    public void Events_of_an_earlier_change_are_judged_by_the_later_one()
    {
        var group = New(After, static () => After);
        Tell(group, [Batch(0, [At("a", 1_000)], version: 3)], null);

        Assert.Equal(0, AppliedAt(0).Applied);
        Assert.Equal(3, Describe(group).Windows.Count(static w => w.Created == 1));
    }

    [Fact]
    public void A_state_of_a_later_change_is_not_touched_by_a_node_that_does_not_know_it_and_goes_on_when_it_does()
    {
        var first = New(After, static () => After);
        Send(first, 0, [At("a", 1_000)], watermark: 500);
        SafeAt(0);
        _world.Kill(first);
        var written = _world.Sql(Journaled);

        var (known, asked) = (Before, 0);
        var behind = New(Before, () =>
        {
            var now = known;
            Interlocked.Increment(ref asked);
            return now;
        });
        Tell(behind, [Batch(1, [At("a", 2_000)], version: 3)], null);
        Tell(behind, [], PartitionId.EndOfTime);
        // Each Apply looks once at what the node knows: both have been there.
        _world.Reader.AwaitAssert(() => Assert.Equal(2, Volatile.Read(ref asked)));
        known = After;
        Tell(behind, [], 600);
        _world.ExpectStopped(behind);

        Assert.Equal(written, _world.Sql(Journaled));
        var second = New(After, () => known);
        Send(second, 1, [At("a", 2_000)], watermark: PartitionId.EndOfTime);
        SafeAt(1);
        Assert.Equal(0, Clean(second).OpenWindows);
        Assert.Equal(["session r0 n2", "tumbling r0 n2", "tumbling-60000 r0 n2"], Results().Select(static r => $"{r.WindowName} r{r.Revision} n{r.Data.Count}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_group_whose_pipeline_was_deleted_goes_on_with_what_it_was_made_with()
    {
        var group = New(Before, static () => null);
        Send(group, 0, [At("a", 1_000)], watermark: null);

        SafeAt(0);
    }

    [Fact]
    public void Results_that_wait_for_their_topic_are_told_with_the_quantiles_they_hold_whatever_the_plan_says_now()
    {
        _topics.BeforeAppend = static _ => throw new Storage.Contracts.StorageUnavailableException("the topic is away");
        var first = New(Before, static () => Before);
        Send(first, 0, [At("a", 1_000)], watermark: 10_000);
        _world.Reader.AwaitAssert(() => Assert.True(_world.Sql(Journaled) > 0));
        Assert.Equal(2, Describe(first).Outbox);
        _world.Kill(first);
        _topics.BeforeAppend = static _ => Task.CompletedTask;

        var other = Pipeline(Plan with { Quantiles = [0.1, 0.9] }, version: 4);
        var second = New(other, () => other);
        Tell(second, [], null);
        SafeAt(0);

        _world.Reader.AwaitAssert(() => Assert.Equal([["0.5"], ["0.5"]], Results().Select(static r => r.QuantileNames)));
    }

    [Fact]
    public void An_event_behind_what_its_group_has_closed_is_a_letter_that_says_so()
    {
        var group = New(Before, static () => Before);
        Send(group, 0, [At("a", 30_000)], watermark: 20_000);
        SafeAt(0);

        // Its own partition stands at 11 s: a reader that was replaced and does not know it, or a partition that joined.
        Send(group, 1, [At("a", 9_500, 11_000)], watermark: null);
        SafeAt(1);

        Assert.Equal(["behind", "behind"], _letters.List(10).Select(static l => l.Reason));
        Assert.Contains(_letters.List(10), static l => l.Detail.Contains("tumbling window [1970-01-01T00:00:00.000Z, 1970-01-01T00:00:10.000Z) closed 2000 ms after its end, at or behind the watermark 1970-01-01T00:00:20.000Z, which its key group had reached", StringComparison.Ordinal));
        Assert.Equal((2, 1), (Describe(group).Events.In, Describe(group).Events.LateRejected));
    }

    [Fact]
    public void An_event_for_a_window_that_the_change_left_closed_is_a_letter_that_says_so()
    {
        var first = New(Before, static () => Before);
        Send(first, 0, [At("a", 1_000)], watermark: 12_500);
        SafeAt(0);
        _world.Kill(first);

        // [0, 10) was closed at 12 s; with a lateness of 5 s it would be open until 15.
        var second = New(After, static () => After);
        Send(second, 1, [At("a", 9_000, 12_400)], watermark: null);
        SafeAt(1);

        var letter = Assert.Single(_letters.List(10), static l => l.Id.EndsWith("/tumbling", StringComparison.Ordinal));
        Assert.Equal("behind", letter.Reason);
        Assert.EndsWith("tumbling window [1970-01-01T00:00:00.000Z, 1970-01-01T00:00:10.000Z) stays closed: it had ended by 1970-01-01T00:00:10.500Z, when the pipeline was changed; other windows took it", letter.Detail, StringComparison.Ordinal);
    }

    private Answer AppliedAt(long offset) => _world.Reader.FishForMessage<Answer>(a => a.Applied >= offset, TimeSpan.FromSeconds(20));
}
