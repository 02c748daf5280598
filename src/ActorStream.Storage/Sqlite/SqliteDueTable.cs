using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>One row per entity, partition and series; an upsert that never goes back.</summary>
internal sealed class SqliteDueTable(SqliteFile state) : IDueTable
{
    public async Task ArmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) =>
        await state.WriteAsync(session => Arm(session, rows), cancel, 128 * rows.Count).ConfigureAwait(false);

    public async Task DisarmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) =>
        await state.WriteAsync(session => Disarm(session, rows), cancel).ConfigureAwait(false);

    public IReadOnlyList<DueRow> DueAt(PartitionId partition, long timeMs, int limit) => state.Read(session =>
    {
        using var row = session.Sql("""
            SELECT entity, series, last_offset, due FROM due_row
            WHERE reader_group = ? AND topic = ? AND incarnation = ? AND partition = ? AND due <= ? ORDER BY due LIMIT ?
            """).Bind(partition.Group).Bind(partition.Topic).Bind(partition.Incarnation).Bind(partition.Partition).Bind(timeMs).Bind(limit);
        var rows = new List<DueRow>();
        while (row.Step())
            rows.Add(new DueRow(row.Text(0), partition, row.Text(1), row.Int64(2), row.Int64(3)));
        return rows;
    });

    private static bool Arm(SqliteSession session, IReadOnlyList<DueRow> rows)
    {
        foreach (var row in rows)
        {
            session.Sql("""
                INSERT INTO due_row (entity, reader_group, topic, incarnation, partition, series, last_offset, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (reader_group, topic, incarnation, partition, entity, series) DO UPDATE SET last_offset = excluded.last_offset, due = excluded.due
                WHERE excluded.last_offset >= due_row.last_offset
                """).Bind(row.EntityId).Bind(row.Partition.Group).Bind(row.Partition.Topic).Bind(row.Partition.Incarnation).Bind(row.Partition.Partition)
                .Bind(row.Series).Bind(row.LastOffset).Bind(row.DueMs).Run();
        }
        return true;
    }

    private static bool Disarm(SqliteSession session, IReadOnlyList<DueRow> rows)
    {
        foreach (var row in rows)
        {
            session.Sql("DELETE FROM due_row WHERE reader_group = ? AND topic = ? AND incarnation = ? AND partition = ? AND entity = ? AND series = ? AND last_offset = ?")
                .Bind(row.Partition.Group).Bind(row.Partition.Topic).Bind(row.Partition.Incarnation).Bind(row.Partition.Partition).Bind(row.EntityId).Bind(row.Series).Bind(row.LastOffset).Run();
        }
        return true;
    }
}
