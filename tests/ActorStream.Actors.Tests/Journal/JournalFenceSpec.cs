using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Journal;

/// <summary>protocol.md section 4, point 3, on real databases with the plugin, the settings and the schema of the product.</summary>
public abstract class JournalFenceSpec(ITestOutputHelper output, JournalKind kind) : IDisposable
{
    private readonly JournalKind _kind = kind;
    private readonly JournalWorld _world = new(output, GatedSnapshotStore.Hocon, kind: kind);

    public void Dispose()
    {
        _world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public void Our_schema_serves_persist_snapshot_delete_and_recover()
    {
        var first = _world.Incarnation(LedgerActor.Props(_world));

        for (var offset = 0; offset < 7; offset++)
            _world.Write(first, "cpu", offset);
        _world.Reader.AwaitAssert(() =>
        {
            Assert.Equal(6, _world.Sql("SELECT max(sequence_number) FROM snapshot"));
            Assert.Equal(4, _world.Sql("SELECT min(sequence_number) FROM snapshot"));
            Assert.Equal(4, _world.Sql("SELECT min(sequence_number) FROM journal"));
        });
        _world.Kill(first);
        var second = _world.Incarnation(LedgerActor.Props(_world));

        Assert.Equal(6, _world.Checkpoint(second, "cpu").Safe);
        Assert.Equal(1, _world.Sql("SELECT deleted FROM journal WHERE sequence_number = 4"));
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal WHERE sequence_number > 4 AND deleted"));
    }

    [SkippableFact]
    public void A_zombie_meets_the_fence_even_where_the_rows_it_would_hit_are_deleted()
    {
        var (zombie, rightful) = ZombieBehindADeletion();

        _world.Apply(zombie, "cpu", 1, 1);
        zombie.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);

        _world.ExpectStopped(zombie);
        Assert.Equal(0, _world.Sql("SELECT count(*) FROM journal WHERE sequence_number = 2"));
        Assert.Equal(8, _world.Write(rightful, "cpu", 8).Safe);
        var third = _world.Incarnation(LedgerActor.Props(_world));
        Assert.Equal(8, _world.Checkpoint(third, "cpu").Safe);
    }

    /// <summary>Why the fence is there: the unique index alone lets a number be taken again whose row is gone.</summary>
    [SkippableFact]
    public void Without_the_fence_the_zombie_would_be_told_that_its_write_is_safe()
    {
        var (zombie, rightful) = ZombieBehindADeletion();
        _world.Sql(_kind == JournalKind.Sqlite ? "DROP TRIGGER journal_fence" : "DROP TRIGGER journal_fence ON journal");

        Assert.Equal(1, _world.Write(zombie, "cpu", 1).Safe);
        Assert.Equal(1, _world.Sql("SELECT count(*) FROM journal WHERE sequence_number = 2"));
        Assert.Equal(8, _world.Write(rightful, "cpu", 8).Safe);
    }

    [SkippableFact]
    public async Task A_recovery_that_was_overtaken_by_a_deletion_is_seen_as_a_hole_and_done_again()
    {
        // The gate belongs to the process, and the same test runs on the other database meanwhile.
        var id = $"cpu-{_kind}";
        var rightful = _world.Incarnation(LedgerActor.Props(_world, id));
        for (var offset = 0; offset < 3; offset++)
            _world.Write(rightful, id, offset);
        _world.Reader.AwaitAssert(() => Assert.Equal(2, _world.Sql("SELECT max(sequence_number) FROM snapshot")));
        var gate = GatedSnapshotStore.Close($"ledger-{id}");
        var overtaken = _world.Incarnation(LedgerActor.Props(_world, id));
        await gate.Reached;

        // It holds snapshot 2; meanwhile everything up to 4 goes.
        for (var offset = 3; offset < 7; offset++)
            _world.Write(rightful, id, offset);
        _world.Reader.AwaitAssert(() => Assert.Equal(4, _world.Sql("SELECT min(sequence_number) FROM journal")));
        gate.Open();

        _world.ExpectStopped(overtaken);
        Assert.Equal(1, _world.Services.Holes[$"ledger-{id}"]);
        var again = _world.Incarnation(LedgerActor.Props(_world, id));
        Assert.Equal(6, _world.Checkpoint(again, id).Safe);
        Assert.Empty(_world.Services.Holes);
    }

    [SkippableFact]
    public void A_hole_that_stays_makes_the_entity_sick_at_the_third_recovery()
    {
        var first = _world.Incarnation(LedgerActor.Props(_world));
        for (var offset = 0; offset < 3; offset++)
            _world.Write(first, "cpu", offset);
        // One that lands behind the deletion would fill the hole.
        _world.Reader.AwaitAssert(() => Assert.Equal(2, _world.Sql("SELECT max(sequence_number) FROM snapshot")));
        _world.Kill(first);
        _world.Sql("DELETE FROM snapshot; DELETE FROM journal WHERE sequence_number = 2");

        _world.ExpectStopped(_world.Incarnation(LedgerActor.Props(_world)));
        _world.ExpectStopped(_world.Incarnation(LedgerActor.Props(_world)));
        var sick = _world.Incarnation(LedgerActor.Props(_world));
        sick.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [Samples.Batch(3, 1)], null), _world.Reader.Ref);
        sick.Tell(new DescribeEntity("cpu"), _world.Reader.Ref);

        // The Apply before it was not answered: the first thing heard is the report.
        Assert.Contains("ledger-cpu has a hole", Assert.IsType<Report>(_world.Reader.ReceiveOne(JournalWorld.Patience)).Json);
        sick.Tell(StopEntity.Instance);
        _world.ExpectStopped(sick);
    }

    [SkippableFact]
    public void A_rejected_write_stops_the_actor_and_nothing_of_it_is_there()
    {
        RejectedLogic? logic = null;
        var first = _world.Incarnation(LedgerActor.Props(_world, logic: l => logic = new RejectedLogic(l)));
        _world.Write(first, "cpu", 0);

        logic!.Spoiled = true;
        _world.Apply(first, "cpu", 1, 1);
        first.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);

        _world.ExpectStopped(first);
        Assert.Equal(1, _world.Sql("SELECT max(sequence_number) FROM journal"));
        Assert.Equal(0, _world.Checkpoint(_world.Incarnation(LedgerActor.Props(_world)), "cpu").Safe);
    }

    [SkippableFact]
    public void One_fenced_write_among_a_hundred_costs_no_state()
    {
        var ids = Enumerable.Range(0, 100).Select(i => $"metric-{i}").ToArray();
        var entities = new Dictionary<string, IActorRef>();
        foreach (var id in ids)
        {
            // One after the other: a hundred at once would open fifty connections, and all that time is the first one's.
            entities.Add(id, _world.Incarnation(LedgerActor.Props(_world, id)));
            _world.Write(entities[id], id, 0);
        }
        var zombie = entities[ids[50]];
        _world.Write(_world.Incarnation(LedgerActor.Props(_world, ids[50])), ids[50], 1);

        // All at once: the plugin writes them in common transactions, one of which holds the zombie's row.
        foreach (var id in ids)
            entities[id].Tell(new Apply(id, _world.Partition, 1, PartitionId.None, [Samples.Batch(1, 1)], null), _world.Reader.Ref);
        foreach (var id in ids)
            entities[id].Tell(new Apply(id, _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);

        var safe = ids.ToDictionary(id => id, _ => 0L);
        var stopped = new HashSet<IActorRef>();
        while (ids.Any(id => safe[id] < 1 && !stopped.Contains(entities[id])))
        {
            var heard = _world.Reader.ReceiveOne(JournalWorld.Patience);
            if (heard is Answer answer)
                safe[answer.EntityId] = Math.Max(safe[answer.EntityId], answer.Safe);
            else
                stopped.Add(Assert.IsType<Terminated>(heard).ActorRef);
        }
        Assert.Contains(zombie, stopped);
        foreach (var id in ids)
        {
            // The reader brings the record again; who had it skips it.
            var again = _world.Incarnation(LedgerActor.Props(_world, id));
            var recovered = _world.Checkpoint(again, id).Applied;
            Assert.True(recovered >= safe[id], $"{id} was told safe to {safe[id]} and recovered {recovered}");
            Assert.Equal(1, _world.Write(again, id, 1).Safe);
        }
    }

    /// <summary>The zombie stands at 1; the rightful one has written up to 8, and deleted so far that 2 is gone.</summary>
    private (IActorRef Zombie, IActorRef Rightful) ZombieBehindADeletion()
    {
        var zombie = _world.Incarnation(LedgerActor.Props(_world));
        _world.Write(zombie, "cpu", 0);
        var rightful = _world.Incarnation(LedgerActor.Props(_world));
        for (var offset = 1; offset < 8; offset++)
            _world.Write(rightful, "cpu", offset);
        // Its last snapshot is 8, which lets go of all before 6: a deletion still to come would take the zombie's row with it.
        _world.Reader.AwaitAssert(() => Assert.Equal(6, _world.Sql("SELECT min(sequence_number) FROM journal")));
        return (zombie, rightful);
    }
}

public sealed class JournalFenceOnSqliteSpec(ITestOutputHelper output) : JournalFenceSpec(output, JournalKind.Sqlite);

public sealed class JournalFenceOnPostgresSpec(ITestOutputHelper output) : JournalFenceSpec(output, JournalKind.Postgres);
