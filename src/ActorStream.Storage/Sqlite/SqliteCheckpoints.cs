using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>Figures of journal and snapshots, by entity.</summary>
internal sealed class SqliteCheckpoints(SqliteFile state) : ICheckpointTable
{
    public IReadOnlyList<EntityCheckpoint> Of(IReadOnlyList<string> persistenceIds) => state.Read(session => OneMoment(session, persistenceIds));

    internal static EntityCheckpoint Of(SqliteSession session, string persistenceId)
    {
        var (snapshot, snapshotBytes) = SnapshotOf(session, persistenceId);
        using var row = session.Sql("""
            SELECT MAX(sequence_number), IFNULL(SUM(sequence_number > ?2), 0), IFNULL(SUM(IIF(sequence_number > ?2, length(message), 0)), 0), created
            FROM journal WHERE persistence_id = ?1 AND sequence_number >= ?2
            """).Bind(persistenceId).Bind(snapshot);
        row.Step();
        return new EntityCheckpoint(persistenceId, row.Int64(0), snapshot, row.Int64(1), row.Int64(2), snapshotBytes, row.IsNull(3) ? null : JournalTime.ToMs(row.Int64(3)));
    }

    /// <summary>One transaction, so that no entity's snapshot is newer than its events.</summary>
    private static List<EntityCheckpoint> OneMoment(SqliteSession session, IReadOnlyList<string> persistenceIds)
    {
        session.Sql("BEGIN").Run();
        try
        {
            return [.. persistenceIds.Select(id => Of(session, id))];
        }
        finally
        {
            session.Sql("COMMIT").Run();
        }
    }

    private static (long Sequence, long Bytes) SnapshotOf(SqliteSession session, string persistenceId)
    {
        using var row = session.Sql("SELECT sequence_number, length(snapshot) FROM snapshot WHERE persistence_id = ? ORDER BY sequence_number DESC LIMIT 1").Bind(persistenceId);
        return row.Step() ? (row.Int64(0), row.Int64(1)) : (0, 0);
    }
}
