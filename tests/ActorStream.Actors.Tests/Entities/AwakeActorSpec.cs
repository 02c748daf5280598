using ActorStream.Actors.Alarms;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using Akka.Actor;
using Akka.TestKit;

namespace ActorStream.Actors.Tests.Entities;

/// <summary>Who may be passivated (protocol.md rule 23). A probe stands where the shard stands, and the scheduler goes on only when it is told to.</summary>
public sealed class AwakeActorSpec : IDisposable
{
    private const string ToldTime = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";
    private static readonly TimeSpan HalfOfPassivation = MetricAlarmActor.PassivateAfter / 2;

    private readonly JournalWorld _world;
    private readonly TestProbe _shard;
    private long _asked = 100;

    public AwakeActorSpec(ITestOutputHelper output)
    {
        _world = new JournalWorld(output, ToldTime);
        _shard = _world.Kit.CreateTestProbe();
        _world.PutRule();
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_metric_with_a_due_row_gives_a_sign_of_life_in_time_after_a_recovery_too()
    {
        Watch();
        var first = NewCpu("first");
        _world.Write(first, "cpu", 7);
        Assert.Single(Rows());

        for (var round = 0; round < 3; round++)
            Assert.Equal("cpu", SignOfLifeOf(first).EntityId);
        _world.Kill(first);
        var second = NewCpu("second");

        Assert.Equal("cpu", SignOfLifeOf(second).EntityId);
    }

    [Fact]
    public void After_its_silence_was_told_and_its_row_is_gone_it_is_quiet_and_ends_when_its_shard_asks()
    {
        Watch();
        var entity = NewCpu("cpu");
        _world.Write(entity, "cpu", 7);
        SignOfLifeOf(entity);

        _world.Reader.AwaitAssert(() =>
        {
            Tick(entity);
            Assert.Empty(Rows());
        });
        ExpectQuiet(entity);
        _shard.Send(entity, StopEntity.Instance);

        _world.ExpectStopped(entity);
    }

    [Fact]
    public void A_metric_whose_rules_watch_no_silence_is_quiet_from_the_start()
    {
        var entity = NewCpu("cpu");
        _world.Write(entity, "cpu", 7);

        ExpectQuiet(entity);
    }

    private void Watch()
    {
        var rule = _world.Rules.Current.For("cpu")!.Rules[0].Rule with { StaleAfterMs = 1_000 };
        _world.Rules.Swap(_world.Rules.Current.With([new RuleChange(rule.Id, rule, _world.Rules.Current.Position + 1, 0)]));
    }

    private IActorRef NewCpu(string name)
    {
        var entity = _shard.ChildActorOf(MetricAlarmActor.Props("cpu", _world.Rules, _world.Services), name);
        _world.Reader.Watch(entity);
        Barrier(entity);
        return entity;
    }

    /// <summary>What the shard hears when half of its patience is over; it hands that on, as a shard does.</summary>
    private IEntityMessage SignOfLifeOf(IActorRef entity)
    {
        GoOn();
        var sign = _shard.ExpectMsg<IEntityMessage>();
        _shard.Send(entity, sign);
        Barrier(entity);
        return sign;
    }

    private void ExpectQuiet(IActorRef entity)
    {
        for (var round = 0; round < 3; round++)
        {
            GoOn();
            Barrier(entity);
        }
        _shard.Ref.Tell("the end");
        _shard.ExpectMsg("the end");
    }

    private void GoOn() => ((TestScheduler)_world.Kit.Sys.Scheduler).Advance(HalfOfPassivation);

    /// <summary>Its answer comes after all it had heard before.</summary>
    private void Barrier(IActorRef entity)
    {
        entity.Tell(new Apply("cpu", _world.Partition, ++_asked, PartitionId.None, [], null), _world.Reader.Ref);
        _world.Reader.FishForMessage<Answer>(a => a.Epoch == _asked, TimeSpan.FromSeconds(20));
    }

    private void Tick(IActorRef entity) =>
        entity.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], new Tick(PartitionId.NoTime, 5_000, [new DueSeries("", 7)])), _world.Reader.Ref);

    private IReadOnlyList<DueRow> Rows() => _world.Storage.Due.DueAt(_world.Partition, long.MaxValue, 10);
}
