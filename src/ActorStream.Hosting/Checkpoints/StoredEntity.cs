using ActorStream.Actors.Rules;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>An entity as its persistence id tells it.</summary>
/// <param name="Type">First part of the persistence id, as <c>windows</c>.</param>
/// <param name="EntityId">The rest.</param>
internal sealed record StoredEntity(string PersistenceId, string Type, string EntityId)
{
    public const string Windows = "windows";
    public const string Alarms = "alarm";
    public const string Notices = "notice";

    /// <summary>Whose key group it is; null of other types.</summary>
    public string? Pipeline => Type == Windows && EntityId.LastIndexOf('/') is > 0 and var slash ? EntityId[..slash] : null;

    public static StoredEntity Of(string persistenceId)
    {
        var dash = persistenceId.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? new StoredEntity(persistenceId, persistenceId, "") : new StoredEntity(persistenceId, persistenceId[..dash], persistenceId[(dash + 1)..]);
    }

    /// <summary>What its events are folded by: what the node itself uses, as far as it is known here.</summary>
    /// <param name="pipeline">Of a key group; null: unknown, so only its books are looked at.</param>
    public IEntityLogic Logic(PipelineSpec? pipeline) => Type switch
    {
        Windows when pipeline is not null => pipeline.NewState(),
        Windows => new BooksAlone(),
        // Folding asks for no rule and for no chance.
        Alarms => new AlarmState(EntityId, new RulesView()),
        Notices => new NoticeState(new NoticeOptions(), static () => 0),
        _ => new AnyState(),
    };
}

/// <summary>Of a type that this program does not know.</summary>
internal class AnyState : IEntityLogic
{
    public bool IsDirty => false;

    public virtual void Fold(IStateChange change)
    {
    }

    public virtual void Restore(IStateSnapshot snapshot)
    {
    }

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs) => throw new NotSupportedException();

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => throw new NotSupportedException();

    public IStateChange? Capture() => null;

    public IStateSnapshot? CaptureAll() => null;

    public void Journaled()
    {
    }
}

/// <summary>Of a key group whose pipeline is unknown: without its windows nothing can be said of what they hold.</summary>
internal sealed class BooksAlone : AnyState
{
    public WindowBooks? Books { get; private set; }

    public override void Fold(IStateChange change) => Books = change switch
    {
        WindowStateChange windows => windows.Books,
        JoinStateChange join => join.Books,
        _ => throw new InvalidDataException($"It holds a {change.GetType().Name}, which is no state of windows."),
    };

    public override void Restore(IStateSnapshot snapshot) => Books = snapshot switch
    {
        WindowStateSnapshot windows => windows.Books,
        JoinStateSnapshot join => join.Books,
        _ => throw new InvalidDataException($"It holds a {snapshot.GetType().Name}, which is no state of windows."),
    };
}
