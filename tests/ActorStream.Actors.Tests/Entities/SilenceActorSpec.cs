using ActorStream.Actors.Alarms;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Entities;

/// <summary>The alarm entity and its rows of the due table (protocol.md rule 27), on the product's journal.</summary>
public sealed class SilenceActorSpec : IDisposable
{
    private const string Clustered = "akka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly JournalWorld _world;
    private DueProxy _due = null!;

    public SilenceActorSpec(ITestOutputHelper output)
    {
        _world = new JournalWorld(output, Clustered, due: d => _due = new DueProxy(d));
        var rule = new Rule(new Guid(1, 0, 0, new byte[8]), "cpu", 90, "90", ComparisonOperator.Greater, "https://discord.com/api/webhooks/1/token") { StaleAfterMs = 1_000 };
        _world.Rules.Swap(_world.Rules.Current.With([new RuleChange(rule.Id, rule, 1, 0)]));
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Its_row_is_written_before_the_event_that_arms_it()
    {
        var gate = new TaskCompletionSource();
        var isAsked = new TaskCompletionSource();
        _due.BeforeArm = () =>
        {
            isAsked.TrySetResult();
            return gate.Task;
        };
        var entity = NewCpu();
        _world.Apply(entity, "cpu", 7, 1);

        entity.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);
        await isAsked.Task.WaitAsync(Patience);
        entity.Tell(new DescribeEntity("cpu"), _world.Reader.Ref);
        _world.Reader.FishForMessage<Report>(_ => true, Patience);
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal"));
        gate.SetResult();

        _world.Reader.FishForMessage<Answer>(a => a.Safe == 7, Patience);
        Assert.Equal([new DueRow("cpu", _world.Partition, "", 7, 1_007)], Rows());
    }

    [Fact]
    public void It_ends_when_its_row_cannot_be_written_and_its_event_is_not_written_either()
    {
        _due.BeforeArm = () => throw new StorageUnavailableException("the database is busy");
        var entity = NewCpu();
        _world.Apply(entity, "cpu", 7, 1);

        entity.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);

        _world.ExpectStopped(entity);
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal"));
    }

    [Fact]
    public void What_is_due_is_told_once_and_its_row_goes_after_the_topic_has_taken_it()
    {
        var first = NewCpu();
        _world.Write(first, "cpu", 7);
        _world.Kill(first);
        var entity = NewCpu();

        Tick(entity);
        _world.Reader.AwaitAssert(() => Assert.Single(Stale()));
        Assert.Single(Rows());
        _world.Reader.AwaitAssert(() =>
        {
            Tick(entity);
            Assert.Empty(Rows());
        });

        Assert.Equal([AlarmId.OfSilence(new Guid(1, 0, 0, new byte[8]), _world.Partition, 7)], Stale());
    }

    private IActorRef NewCpu() => _world.Incarnation(MetricAlarmActor.Props("cpu", _world.Rules, _world.Services));

    private void Tick(IActorRef entity) =>
        entity.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], new Tick(PartitionId.NoTime, 5_000, [new DueSeries("", 7)])), _world.Reader.Ref);

    private IReadOnlyList<DueRow> Rows() => _world.Storage.Due.DueAt(_world.Partition, long.MaxValue, 10);

    private List<AlarmId> Stale()
    {
        var ids = new List<AlarmId>();
        for (var partition = 0; partition < _world.Storage.Topics.PartitionsOf(TopicNames.Alarms); partition++)
        {
            foreach (var batch in _world.Storage.Topics.Read(TopicNames.Alarms, partition, 0, 1000, 1 << 20))
            {
                var reader = new RecordBatchReader(batch.Blob.Span);
                while (reader.Next())
                    ids.Add(AlarmCodec.Decode(reader.Value).Id);
            }
        }
        return ids;
    }
}
