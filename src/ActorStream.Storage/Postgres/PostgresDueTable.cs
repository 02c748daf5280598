using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>One row per entity, partition and series; an upsert that never goes back.</summary>
internal sealed class PostgresDueTable(PostgresDatabase database) : IDueTable
{
    private const string Arm = """
        INSERT INTO due_row (reader_group, topic, incarnation, partition, entity, series, last_offset, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (reader_group, topic, incarnation, partition, entity, series) DO UPDATE SET last_offset = excluded.last_offset, due = excluded.due
        WHERE excluded.last_offset >= due_row.last_offset
        """;

    private const string Disarm = "DELETE FROM due_row WHERE reader_group = $1 AND topic = $2 AND incarnation = $3 AND partition = $4 AND entity = $5 AND series = $6 AND last_offset = $7";

    public Task ArmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) => EachAsync(Arm, rows, row => [.. KeyOf(row), row.LastOffset, row.DueMs], cancel);

    public Task DisarmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) => EachAsync(Disarm, rows, row => [.. KeyOf(row), row.LastOffset], cancel);

    public IReadOnlyList<DueRow> DueAt(PartitionId partition, long timeMs, int limit) => database.Read(connection => connection.List(
        r => new DueRow(r.GetString(0), partition, r.GetString(1), r.GetInt64(2), r.GetInt64(3)),
        """
        SELECT entity, series, last_offset, due FROM due_row
        WHERE reader_group = $1 AND topic = $2 AND incarnation = $3 AND partition = $4 AND due <= $5 ORDER BY due LIMIT $6
        """, partition.Group, partition.Topic, partition.Incarnation, partition.Partition, timeMs, limit));

    private static object?[] KeyOf(DueRow row) => [row.Partition.Group, row.Partition.Topic, row.Partition.Incarnation, row.Partition.Partition, row.EntityId, row.Series];

    /// <summary>In one order everywhere: two incarnations of an entity write the same rows.</summary>
    private async Task EachAsync(string sql, IReadOnlyList<DueRow> rows, Func<DueRow, object?[]> valuesOf, CancellationToken cancel)
    {
        if (rows.Count == 0)
            return;
        var ordered = rows.OrderBy(r => r.EntityId, StringComparer.Ordinal).ThenBy(r => r.Partition.Partition).ThenBy(r => r.Series, StringComparer.Ordinal).ToList();
        await database.WriteAsync(
            async connection =>
            {
                await using var batch = new NpgsqlBatch(connection);
                ordered.ForEach(row => batch.Add(sql, valuesOf(row)));
                return await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);
    }
}
