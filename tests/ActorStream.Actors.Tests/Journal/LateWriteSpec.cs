using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Journal;

/// <summary>protocol.md section 4, point 3: a write that times out and lands later.</summary>
public abstract class LateWriteSpec(ITestOutputHelper output, JournalKind kind) : IDisposable
{
    private const int IncarnationsMax = 5;

    private readonly JournalWorld _world = new(output, GatedSnapshotStore.Hocon + "\nakka.persistence.journal.sql.circuit-breaker.call-timeout = 500ms", kind: kind);

    public void Dispose()
    {
        _world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public void A_write_that_times_out_stops_the_entity_and_what_lands_later_is_neither_doubled_nor_overwritten()
    {
        var first = _world.Incarnation(LedgerActor.Props(_world));
        _world.Write(first, "cpu", 0);

        // The journal is locked for longer than it waits: the write is given up, and still on its way.
        using (_world.HoldJournal())
        {
            _world.Apply(first, "cpu", 1, 1);
            first.Tell(new Apply("cpu", _world.Partition, 1, PartitionId.None, [], null), _world.Reader.Ref);
            _world.ExpectStopped(first);
        }

        // An incarnation that recovered before the late write landed meets it at its own first write, stops, and the next one knows it.
        Answer? safe = null;
        for (var n = 0; n < IncarnationsMax && safe is null; n++)
            safe = TryWrite(_world.Incarnation(LedgerActor.Props(_world)), 2);

        Assert.Equal(2, safe?.Safe);
        Assert.Equal(0, _world.Sql("SELECT count(*) - count(DISTINCT sequence_number) FROM journal WHERE persistence_id = 'ledger-cpu'"));
        Assert.Equal(2, _world.Checkpoint(_world.Incarnation(LedgerActor.Props(_world)), "cpu").Safe);
    }

    /// <summary>Null when the incarnation stopped: its number was taken by the late write.</summary>
    private Answer? TryWrite(IActorRef entity, long offset)
    {
        try
        {
            // What was not acknowledged comes again, as a reader would bring it.
            _world.Apply(entity, "cpu", 1, 1, 1);
            return _world.Checkpoint(entity, "cpu") is { } answer && answer.Safe == offset ? answer : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

public sealed class LateWriteOnSqliteSpec(ITestOutputHelper output) : LateWriteSpec(output, JournalKind.Sqlite);

public sealed class LateWriteOnPostgresSpec(ITestOutputHelper output) : LateWriteSpec(output, JournalKind.Postgres);
