using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>The last revision of every window, with the position of the sink that writes it (protocol.md rule 29).</summary>
internal sealed class PostgresResults(PostgresDatabase database) : IResultTable
{
    private const string Columns = "pipeline, window_id, revision, window_start, window_end, key, count, sum, min, max, avg, data, retracted, merged_into, event_time, processing_time";

    /// <summary>The transaction already keeps a zombie out; the last line keeps an old revision out even when positions were set by hand (protocol.md A10).</summary>
    private const string Upsert = $"""
        INSERT INTO window_result ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (pipeline, window_id) DO UPDATE SET revision = excluded.revision, window_start = excluded.window_start, window_end = excluded.window_end, key = excluded.key,
            count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max, avg = excluded.avg, data = excluded.data, retracted = excluded.retracted,
            merged_into = excluded.merged_into, event_time = excluded.event_time, processing_time = excluded.processing_time
        WHERE excluded.revision >= window_result.revision
        """;

    public Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<ResultRow> results, CancellationToken cancel = default) =>
        PostgresCommits.OutcomeAsync(database.WriteAsync(connection => WriteAsync(connection, partition, from, row, results), cancel));

    /// <summary>A window begins before it ends, and there is an index on the start.</summary>
    public Task<long> RetainAsync(string pipeline, long endBeforeMs, CancellationToken cancel = default) => PostgresRetention.DeleteAsync(
        database, """
            DELETE FROM window_result WHERE (pipeline, window_id) IN
                (SELECT pipeline, window_id FROM window_result WHERE pipeline = $3 AND window_start < $1 AND window_end < $1 ORDER BY window_start LIMIT $2)
            """, endBeforeMs, cancel, pipeline);

    public IReadOnlyList<ResultRow> List(string pipeline, int limit) => database.Read(connection => connection.List(
        RowOf, $"SELECT {Columns} FROM window_result WHERE pipeline = $1 ORDER BY window_start, window_id LIMIT $2", pipeline, limit));

    private static async Task<CommitOutcome> WriteAsync(NpgsqlConnection connection, PartitionId partition, long from, CommitRow row, IReadOnlyList<ResultRow> results)
    {
        if (await PostgresCommits.MoveAsync(connection, partition, from, row).ConfigureAwait(false) != CommitOutcome.Committed)
            return CommitOutcome.Fenced;
        if (results.Count == 0)
            return CommitOutcome.Committed;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var result in results)
            batch.Add(Upsert, ValuesOf(result));
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        return CommitOutcome.Committed;
    }

    /// <summary>A key may hold what PostgreSQL cannot store.</summary>
    private static object?[] ValuesOf(ResultRow result) =>
    [
        result.Pipeline, PostgresStatements.Storable(result.WindowId), result.Revision, result.StartMs, result.EndMs, PostgresStatements.Storable(result.Key),
        result.Count, result.Sum, result.Min, result.Max, result.Avg, result.Data, result.IsRetracted,
        result.MergedInto is { } into ? PostgresStatements.Storable(into) : null, result.EventTimeMs, result.ProcessingTimeMs,
    ];

    private static ResultRow RowOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3), row.GetInt64(4), row.GetString(5), row.GetInt64(6), row.GetDouble(7), row.GetDouble(8), row.GetDouble(9), row.GetDouble(10),
        row.GetString(11), row.IsDBNull(13) ? null : row.GetString(13), row.IsDBNull(14) ? null : row.GetInt64(14), row.GetInt64(15)) { IsRetracted = row.GetBoolean(12) };
}
