using ActorStream.Domain.Nodes;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Windows;

public sealed class WindowActorSpec(ITestOutputHelper output) : WindowActorWorld(output)
{
    public enum Crash
    {
        BeforeTheEventIsWritten,
        BeforeTheTopicIsAsked,
        WhileTheTopicTakesThem,
        WhenTheTopicHasThem,
    }

    [Theory]
    [InlineData(Crash.BeforeTheEventIsWritten)]
    [InlineData(Crash.BeforeTheTopicIsAsked)]
    [InlineData(Crash.WhileTheTopicTakesThem)]
    [InlineData(Crash.WhenTheTopicHasThem)]
    public async Task Each_result_reaches_the_topic_once_wherever_the_actor_crashes(Crash crash)
    {
        var first = New();
        await CrashAt(crash, first);

        var second = New();
        Send(second, 0, [At("a", 1_000), At("b", 2_000), At("a", 9_999)], watermark: 10_000);
        SafeAt(2);
        Send(second, 3, [At("b", 9_000, 10_500)], watermark: PartitionId.EndOfTime);
        SafeAt(3);

        Assert.Equal(0, Clean(second).OpenWindows);
        // The late event of b makes a second revision of its window; for its own session it is on time.
        Assert.Equal(
            ["session_a_1000 r0 n1", "session_a_9999 r0 n1", "session_b_2000 r0 n1", "session_b_9000 r0 n1", "tumbling_a_0 r0 n2", "tumbling_b_0 r0 n1", "tumbling_b_0 r1 n2"],
            Results().Select(static r => $"{r.WindowId} r{r.Revision} n{r.Data.Count}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_results_record_has_the_windows_key_and_the_plans_quantiles()
    {
        Send(New(), 0, [At("größer", 1_000)], watermark: 10_000);
        SafeAt(0);
        _world.Reader.AwaitAssert(() => Assert.Equal(2, Results().Count));

        var result = Results().Single(static r => r.WindowName == "tumbling");

        Assert.Equal(("größer", "sensors/tumbling_größer_0"), (result.Key, result.Id));
        Assert.Equal(["0.5"], result.QuantileNames);
    }

    [Fact]
    public void A_late_event_is_a_dead_letter_before_the_event_that_passes_it()
    {
        _letters.Gate = Task.FromException(new StorageUnavailableException("the database is busy"));
        var first = New();
        EventBatch[] events = [Batch(0, [At("a", 1_000, 50_000)])];
        Tell(first, events, null);
        Tell(first, [], null);
        _world.ExpectStopped(first);
        Assert.Equal(0, _world.Sql(Journaled));
        _letters.Gate = Task.CompletedTask;

        var second = New();
        Tell(second, events, null);
        Tell(second, [], null);
        SafeAt(0);

        Assert.Equal(2, _letters.Counts()["late"]);
    }

    [Fact]
    public void A_late_event_is_one_dead_letter_for_each_spec_also_after_a_crash_between_letter_and_event()
    {
        var gate = new TaskCompletionSource();
        _letters.Gate = gate.Task;
        var first = New();
        EventBatch[] events = [Batch(0, [At("a", 1_000, 50_000)])];
        Tell(first, events, null);
        Tell(first, [], null);
        Describe(first);
        Assert.Equal(0, _world.Sql(Journaled));
        _world.Kill(first);
        gate.SetResult();

        var second = New();
        Tell(second, events, null);
        Tell(second, [], null);
        SafeAt(0);

        Assert.Equal(["alarms/metrics.1/0@0/session", "alarms/metrics.1/0@0/tumbling"], _letters.List(10).Select(static l => l.Id).Order(StringComparer.Ordinal));
        Assert.Equal(2, _letters.Counts()["late"]);
        var letter = _letters.List(10).Single(static l => l.Id.EndsWith("/tumbling", StringComparison.Ordinal));
        Assert.StartsWith(
            "Pipeline sensors, key \"a\", event time 1970-01-01T00:00:01.000Z, value 1: tumbling window [1970-01-01T00:00:00.000Z, 1970-01-01T00:00:10.000Z) closed 2000 ms after its end, at or behind the watermark 1970-01-01T00:00:50.000Z",
            letter.Detail, StringComparison.Ordinal);
        Assert.Equal((1, 1), (Describe(second).Events.In, Describe(second).Events.LateRejected));
    }

    [Fact]
    public void A_late_event_by_an_idle_partitions_watermark_says_so()
    {
        var actor = New();
        Tell(actor, [Batch(0, [At("a", 1_000, 50_000)], idleRaisedTo: 50_000)], null);
        Tell(actor, [], null);
        SafeAt(0);

        Assert.All(_letters.List(10), static l => Assert.Equal("idle_partition", l.Reason));
        Assert.Equal(2, _letters.List(10).Count);
    }

    [Fact]
    public void An_event_without_room_is_a_letter_or_waits_as_the_plan_says()
    {
        var bounds = new WindowBounds(KeysMax: 2);
        var waiting = New(Plan with { Bounds = bounds });
        Tell(waiting, [Batch(0, [At("a", 1_000), At("b", 1_000)])], null);
        var report = Describe(waiting);
        Assert.Equal(("b", 1, WindowBound.Keys), (report.Blocked?.Key, report.Blocked?.Offset, report.Blocked?.Bound));
        Assert.Equal(0, report.Applied["alarms/metrics.1/0"]);
        _world.Kill(waiting);

        var refusing = New(Plan with { Bounds = bounds with { AtBound = AtBound.Refuse } });
        Send(refusing, 0, [At("a", 1_000), At("b", 1_000)], watermark: null);
        SafeAt(1);

        Assert.Equal("bound", Assert.Single(_letters.List(10)).Reason);
        Assert.Equal((2, 1, 1), (Describe(refusing).Events.In, Describe(refusing).Events.OnTime, Describe(refusing).Events.Refused));
    }

    [Fact]
    public void A_group_that_is_only_ticked_writes_an_event_when_it_has_not_written_for_ten_seconds()
    {
        var actor = New();
        Send(actor, 0, [At("a", 1_000)], watermark: null);
        SafeAt(0);
        Tell(actor, [Batch(0, [At("a", 1_000)])], 500);
        Describe(actor);
        var before = _world.Sql(Journaled);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Tell(actor, [Batch(0, [At("a", 1_000)])], 500);
        Describe(actor);
        Assert.Equal(before, _world.Sql(Journaled));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Tell(actor, [Batch(0, [At("a", 1_000)])], 500);

        _world.Reader.AwaitAssert(() => Assert.Equal(before + 1, _world.Sql(Journaled)));
    }

    [Fact]
    public void A_recovered_group_reports_and_concludes_what_the_first_one_would_have()
    {
        var first = New();
        Send(first, 0, [At("a", 1_000), At("b", 2_500), At("a", 12_000)], watermark: 10_000);
        SafeAt(2);
        Send(first, 3, [At("b", 3_000, 5_000), At("a", 4_000, 40_000), At("c", 15_000, 14_000)], watermark: null);
        SafeAt(5);
        var before = Clean(first);
        _world.Kill(first);

        var second = New();
        var after = Describe(second);

        Assert.Equal((6, 5, 1), (before.Events.In, before.Events.OnTime + before.Events.LateAccepted, before.Events.LateRejected));
        Assert.Equal(Lasting(before), Lasting(after));
        Send(second, 6, [], watermark: PartitionId.EndOfTime);
        Assert.Equal(0, Clean(second).OpenWindows);
        Assert.Equal(Results().Count, Results().DistinctBy(static r => (r.Id, r.Revision)).Count());
        Assert.All(Describe(second).Windows, static w => Assert.Equal((0, w.Expired + w.Merged), (w.Active, w.Created)));
        Assert.All(Results().GroupBy(static r => r.Id), static id => Assert.Equal(Enumerable.Range(0, id.Count()), id.Select(static r => r.Revision)));
    }

    private async Task CrashAt(Crash crash, IActorRef actor)
    {
        var (asked, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        _topics.BeforeAppend = _ =>
        {
            asked.TrySetResult();
            return crash switch
            {
                Crash.BeforeTheTopicIsAsked => throw new StorageUnavailableException("the node is about to die"),
                Crash.WhileTheTopicTakesThem => gate.Task,
                _ => Task.CompletedTask,
            };
        };
        var watermark = crash == Crash.BeforeTheEventIsWritten ? (long?)null : 10_000;
        Send(actor, 0, [At("a", 1_000), At("b", 2_000), At("a", 9_999)], watermark, isAsked: false);
        if (crash == Crash.BeforeTheEventIsWritten)
            Describe(actor);
        else
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        if (crash == Crash.WhenTheTopicHasThem)
            SafeAt(2);
        Assert.Equal(crash == Crash.BeforeTheEventIsWritten ? 0 : 1, Math.Min(1, _world.Sql(Journaled)));
        _world.Kill(actor);
        // The call goes on without the actor that made it.
        gate.SetResult();
        _topics.BeforeAppend = _ => Task.CompletedTask;
    }
}
