namespace ActorStream.Storage.Contracts;

/// <summary>How far the journals of entities are, without reading what they hold.</summary>
public interface ICheckpointTable
{
    /// <summary>In the order asked; of an entity that has stored nothing everything is 0. Cheap: rows since the newest snapshot, by index.</summary>
    IReadOnlyList<EntityCheckpoint> Of(IReadOnlyList<string> persistenceIds);
}

/// <param name="Sequence">Of its last event; 0: none.</param>
/// <param name="SnapshotSequence">Of its newest snapshot, which is the state up to the event of that number; 0: none.</param>
/// <param name="Events">After the snapshot: what a recovery replays.</param>
/// <param name="EventBytes">Of these events.</param>
/// <param name="SnapshotBytes">Of the newest snapshot.</param>
/// <param name="LastEventMs">When the last event was written, epoch milliseconds; null: none.</param>
public sealed record EntityCheckpoint(string PersistenceId, long Sequence, long SnapshotSequence, long Events, long EventBytes, long SnapshotBytes, long? LastEventMs);
