using System.Text.Json;
using ActorStream.Actors.Alarms;
using ActorStream.Actors.Rules;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Entities;

public sealed class MetricAlarmActorSpec : IDisposable
{
    private const string Clustered = "akka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }";

    private readonly JournalWorld _world;
    private TopicsProxy _topics = null!;
    private LettersProxy _letters = null!;

    public MetricAlarmActorSpec(ITestOutputHelper output)
    {
        _world = new JournalWorld(output, Clustered, t => _topics = new TopicsProxy(t), l => _letters = new LettersProxy(l));
        _world.PutRule();
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void An_apply_is_answered_at_once_and_is_safe_only_after_its_checkpoint()
    {
        var entity = NewCpu();

        Assert.Equal(new Answer("cpu", _world.Partition, 1, 2, PartitionId.None), _world.Apply(entity, "cpu", 0, 1, 2, 3));
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal"));

        Assert.Equal(new Answer("cpu", _world.Partition, 1, 2, 2), _world.Checkpoint(entity, "cpu"));
        Assert.Equal(1, _world.Sql("SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task An_alarm_leaves_after_its_event_is_in_the_journal_and_holds_the_commit_until_it_is_taken()
    {
        var journaledAtAppend = new TaskCompletionSource<long>();
        var gate = new TaskCompletionSource();
        _topics.BeforeAppend = _ =>
        {
            journaledAtAppend.TrySetResult(_world.Sql("SELECT count(*) FROM journal"));
            return gate.Task;
        };
        var entity = NewCpu();

        _world.Apply(entity, "cpu", 0, 1, 99, 2);

        Assert.Equal(1, await journaledAtAppend.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        // Journaled to 2, but the alarm of offset 1 is not taken: safe ends before it.
        Assert.Equal(0, _world.Reader.FishForMessage<Answer>(a => a.Safe >= 0, TimeSpan.FromSeconds(20)).Safe);
        gate.SetResult();
        Assert.Equal(2, _world.Reader.FishForMessage<Answer>(a => a.Safe > 0, TimeSpan.FromSeconds(20)).Safe);
        Assert.Equal([1L], AlarmOffsets());
    }

    [Fact]
    public void A_failed_append_is_repeated_until_the_topic_has_taken_it_once()
    {
        var calls = 0;
        _topics.BeforeAppend = _ => ++calls == 1 ? throw new StorageUnavailableException("the database is busy") : Task.CompletedTask;
        var entity = NewCpu();

        _world.Apply(entity, "cpu", 0, 99);

        Assert.Equal(0, _world.Reader.FishForMessage<Answer>(a => a.Safe == 0, TimeSpan.FromSeconds(20)).Safe);
        Assert.Equal(2, calls);
        Assert.Equal([0L], AlarmOffsets());
    }

    [Fact]
    public void An_output_that_was_journaled_and_never_sent_leaves_after_the_recovery_without_any_new_sample()
    {
        _topics.BeforeAppend = _ => throw new StorageUnavailableException("the node is about to die");
        var first = NewCpu();
        _world.Apply(first, "cpu", 0, 99);
        _world.Reader.AwaitAssert(() => Assert.Equal(1, _world.Sql("SELECT count(*) FROM journal")));
        _world.Kill(first);
        _topics.BeforeAppend = _ => Task.CompletedTask;

        NewCpu();

        _world.Reader.AwaitAssert(() => Assert.Equal([0L], AlarmOffsets()));
    }

    [Fact]
    public void A_record_on_which_the_logic_throws_is_a_dead_letter_before_the_event_that_passes_it()
    {
        var gate = new TaskCompletionSource();
        _letters.Gate = gate.Task;
        var entity = _world.Incarnation(LedgerActor.Props(_world, logic: l => new PoisonLogic(l, poison: 0)));

        Assert.Equal(2, _world.Apply(entity, "cpu", 0, 1, 2, 3).Applied);
        entity.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);
        entity.Tell(new DescribeEntity("cpu"), _world.Reader.Ref);
        _world.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20));
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal"));
        gate.SetResult();

        Assert.Equal(2, _world.Reader.FishForMessage<Answer>(a => a.Safe >= 0, TimeSpan.FromSeconds(20)).Safe);
        var letter = Assert.Single(_letters.List(10));
        Assert.Equal(("alarms/metrics.1/0@0", "apply-failed"), (letter.Id, letter.Reason));
    }

    [Fact]
    public void A_recovered_entity_judges_only_when_its_node_knows_the_rules_it_used_before()
    {
        var first = NewCpu();
        _world.Write(first, "cpu", 0);
        _world.Kill(first);
        var lateView = new RulesView();
        var moved = _world.Incarnation(MetricAlarmActor.Props("cpu", lateView, _world.Services));

        moved.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [Samples.Batch(1, 99)], null), _world.Reader.Ref);
        moved.Tell(new DescribeEntity("cpu"), _world.Reader.Ref);
        // In the order asked the Apply comes first; its answer does not.
        Assert.IsType<Report>(_world.Reader.ReceiveOne(TimeSpan.FromSeconds(20)));
        lateView.Swap(_world.Rules.Current);

        Assert.Equal(1, _world.Reader.FishForMessage<Answer>(a => a.Safe == 1, TimeSpan.FromSeconds(20)).Applied);
        Assert.Equal([1L], AlarmOffsets());
    }

    [Fact]
    public void A_planned_stop_writes_what_is_dirty_and_hears_no_further_records()
    {
        var entity = NewCpu();
        _world.Apply(entity, "cpu", 0, 1, 2);

        entity.Tell(StopEntity.Instance);
        entity.Tell(new Apply("cpu", _world.Partition, 1, 1, [Samples.Batch(2, 3)], null), _world.Reader.Ref);

        _world.ExpectStopped(entity);
        Assert.Equal(1, _world.Sql("SELECT count(*) FROM journal"));
        Assert.Equal(1, _world.Checkpoint(NewCpu(), "cpu").Applied);
    }

    [Fact]
    public void Another_recovery_gives_the_same_state()
    {
        var first = NewCpu();
        _world.Apply(first, "cpu", 0, 1, 99, 2, 95);
        _world.Reader.FishForMessage<Answer>(a => a.Safe == 3, TimeSpan.FromSeconds(20));
        _world.Write(first, "cpu", 4);
        var before = Describe(first);
        _world.Kill(first);

        var after = Describe(NewCpu());

        Assert.Equal(2, before.Alarms.Rules[0].Raised);
        Assert.Equal(3, before.Alarms.Rules[0].LastRaisedMs);
        Assert.Equal(Journaled(before), Journaled(after));
    }

    private static string Journaled(AlarmReport report) =>
        JsonSerializer.Serialize(report with { Alarms = report.Alarms with { LastValue = null, LastTimeMs = null } });

    private IActorRef NewCpu() => _world.Incarnation(MetricAlarmActor.Props("cpu", _world.Rules, _world.Services));

    private AlarmReport Describe(IActorRef entity)
    {
        entity.Tell(new DescribeEntity("cpu"), _world.Reader.Ref);
        return JsonSerializer.Deserialize<AlarmReport>(_world.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20)).Json)!;
    }

    /// <summary>Offsets of the samples whose alarms are on the topic.</summary>
    private List<long> AlarmOffsets()
    {
        var offsets = new List<long>();
        for (var partition = 0; partition < _world.Storage.Topics.PartitionsOf(TopicNames.Alarms); partition++)
        {
            foreach (var batch in _world.Storage.Topics.Read(TopicNames.Alarms, partition, 0, 1000, 1 << 20))
            {
                var reader = new RecordBatchReader(batch.Blob.Span);
                while (reader.Next())
                    offsets.Add(AlarmCodec.Decode(reader.Value).Cause.Offset);
            }
        }
        return offsets;
    }
}
