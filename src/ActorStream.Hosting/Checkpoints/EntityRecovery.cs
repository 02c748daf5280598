using System.Runtime.Serialization;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Serialization;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>What an entity would know if it started now.</summary>
/// <param name="Events">Replayed after the snapshot.</param>
/// <param name="Books">Of a key group; null: it has stored no state yet, or is of another type.</param>
/// <param name="WindowsHeld">Of a key group whose pipeline is known.</param>
internal sealed record RecoveredEntity(
    StoredEntity Entity, bool HasSnapshot, long Events, IReadOnlyDictionary<PartitionId, long> Applied, IReadOnlyDictionary<string, OutboxLedger.Lane> Lanes, WindowBooks? Books, int WindowsHeld);

/// <summary>One recovery by the rules of a node, without actors (protocol.md rule 15, A2).</summary>
/// <remarks>Outline: newest snapshot · each event the successor of the one before, read by our serializer, folded · the last one is the highest there is · books balance.</remarks>
internal sealed class EntityRecovery
{
    private readonly StoredEntity _entity;
    private readonly IEntityLogic _logic;
    private readonly EntityMachine _machine;
    private readonly OutboxLedger _outbox = new();
    private long _events;
    private bool _hasSnapshot;

    private EntityRecovery(StoredEntity entity, PipelineSpec? pipeline)
    {
        _entity = entity;
        _logic = entity.Logic(pipeline);
        _machine = new EntityMachine(new EntityOptions(entity.EntityId, IsFixedGroup: false), _logic, NoEffects.Instance);
    }

    /// <summary>Exactly one of both.</summary>
    public static (RecoveredEntity? Entity, CheckpointFault? Fault) Run(StoredEntity entity, PipelineSpec? pipeline, IStateReader state)
    {
        var recovery = new EntityRecovery(entity, pipeline);
        return recovery.Replay(state) is { } fault ? (null, fault) : (recovery.Result, null);
    }

    private RecoveredEntity Result => new(_entity, _hasSnapshot, _events, _machine.Applied, _outbox.Lanes, BooksOf(_logic), (_logic as IWindowLogic)?.OpenWindows ?? 0);

    private CheckpointFault? Replay(IStateReader state)
    {
        if (state.NewestSnapshotOf(_entity.PersistenceId) is { } snapshot)
        {
            _hasSnapshot = true;
            if (Take(snapshot, "snapshot") is { } unreadable)
                return unreadable;
        }
        foreach (var stored in state.EventsAfter(_entity.PersistenceId, _machine.Sequence))
        {
            // Akka leaves out what is marked as deleted; what is deleted and not covered by a snapshot is missing.
            if (stored.IsDeleted)
                continue;
            if (Take(stored, "event") is { } fault)
                return fault;
            _events++;
        }
        return CheckEnd(state.HighestSequenceOf(_entity.PersistenceId));
    }

    private CheckpointFault? Take(StoredPayload stored, string what)
    {
        if (stored.SerializerId != ActorStreamSerializer.SerializerId)
            return Fault(stored.Sequence, $"the {what} was written by serializer {stored.SerializerId?.ToString() ?? "unknown"}; ours is {ActorStreamSerializer.SerializerId}.");
        try
        {
            return Fold(stored, ActorStreamSerializer.Read(stored.Bytes.Span, stored.Manifest), what);
        }
        catch (SerializationException unknown) when (unknown.InnerException is null)
        {
            return new CheckpointFault(_entity.PersistenceId, stored.Sequence, $"the {what} cannot be read: {unknown.Message}", "");
        }
        catch (Exception error) when (error is not (OutOfMemoryException or StorageUnavailableException))
        {
            // Broad on purpose: bytes that a disk has changed may fail anywhere in decoding and folding, and each is this one finding.
            return Fault(stored.Sequence, $"the {what} cannot be read: {error.Message}");
        }
    }

    private CheckpointFault? Fold(StoredPayload stored, object content, string what)
    {
        switch (content)
        {
            case EntitySnapshot snapshot when what == "snapshot":
                _machine.Restore(stored.Sequence, snapshot);
                return _outbox.Take(snapshot) is { } wrong ? Fault(stored.Sequence, wrong) : CheckBooks(stored.Sequence);
            case Checkpoint checkpoint when what == "event":
                if (!_machine.Fold(stored.Sequence, checkpoint))
                    return Missing(stored.Sequence);
                return _outbox.Take(checkpoint) is { } fault ? Fault(stored.Sequence, fault) : CheckBooks(stored.Sequence);
            default:
                return Fault(stored.Sequence, $"the {what} is a {content.GetType().Name}.");
        }
    }

    private CheckpointFault Missing(long found)
    {
        var next = _machine.Sequence + 1;
        var missing = found - 1 == next ? $"event {next} is missing" : $"events {next} to {found - 1} are missing";
        return Fault(next, _machine.Sequence == 0 ? $"{missing} and there is no snapshot; the journal begins with {found}." : $"{missing} between {_machine.Sequence}{(_events == 0 ? ", where the snapshot ends," : "")} and {found}.");
    }

    private CheckpointFault? CheckEnd(long highest)
    {
        if (highest < _machine.Sequence)
            return Fault(_machine.Sequence, $"the snapshot goes up to event {_machine.Sequence}, and the journal ends with {highest}.");
        if (!_machine.Recovered(highest, 0))
            return Fault(highest, $"the journal says that event {highest} was written, and what can be read ends with {_machine.Sequence}.");
        // The count of windows is worth a look at all of them once, not for each event.
        return _logic is IWindowLogic windows && windows.Books.Specs.Sum(s => s.Active) is var active && windows.Describe(int.MaxValue).Count is var held && active != held
            ? Fault(highest, $"its books say that {active} windows are held, and there are {held}.")
            : null;
    }

    private CheckpointFault? CheckBooks(long sequence) => BooksOf(_logic) is { IsBalanced: false } books
        ? Fault(sequence, $"the books do not balance: {books.In} events came in, {books.OnTime} on time, {books.LateAccepted} late and accepted, {books.LateRejected} late and rejected, {books.Refused} refused.")
        : null;

    private CheckpointFault Fault(long sequence, string what) => new(_entity.PersistenceId, sequence, what, CheckpointFault.Restore);

    private static WindowBooks? BooksOf(IEntityLogic logic) => logic switch
    {
        IWindowLogic windows => windows.Books,
        BooksAlone books => books.Books,
        _ => null,
    };

    private sealed class NoEffects : IEntityEffects
    {
        public static readonly NoEffects Instance = new();

        public void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
        {
        }

        public void Append(string topic, IReadOnlyList<OutboxItem> items)
        {
        }

        public void Answer(Answer answer)
        {
        }

        public void DeadLetter(PartitionId partition, long offset, Exception error)
        {
        }

        public void Stop(string reason)
        {
        }
    }
}
