using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>The last revision of every window, with the position of the sink that writes it (protocol.md rule 29).</summary>
internal sealed class SqliteResults(SqliteFile state) : IResultTable
{
    private const int BytesPerRow = 512;
    private const int DeletedPerTransaction = 5000;

    private const string Columns = "pipeline, window_id, revision, window_start, window_end, key, count, sum, min, max, avg, data, retracted, merged_into, event_time, processing_time";

    /// <summary>The transaction already keeps a zombie out; the last line keeps an old revision out even when positions were set by hand (protocol.md A10).</summary>
    private const string Upsert = $"""
        INSERT INTO window_result ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (pipeline, window_id) DO UPDATE SET revision = excluded.revision, window_start = excluded.window_start, window_end = excluded.window_end, key = excluded.key,
            count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max, avg = excluded.avg, data = excluded.data, retracted = excluded.retracted,
            merged_into = excluded.merged_into, event_time = excluded.event_time, processing_time = excluded.processing_time
        WHERE excluded.revision >= window_result.revision
        """;

    public async Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<ResultRow> results, CancellationToken cancel = default)
    {
        try
        {
            return await state.WriteAsync(session => Write(session, partition, from, row, results), cancel, BytesPerRow * results.Count).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return CommitOutcome.Unknown;
        }
    }

    public async Task<long> RetainAsync(string pipeline, long endBeforeMs, CancellationToken cancel = default)
    {
        var total = 0L;
        int deleted;
        do
        {
            deleted = await state.WriteAsync(session => Delete(session, pipeline, endBeforeMs), cancel).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted == DeletedPerTransaction);
        return total;
    }

    public IReadOnlyList<ResultRow> List(string pipeline, int limit) => state.Read(session =>
    {
        using var row = session.Sql($"SELECT {Columns} FROM window_result WHERE pipeline = ? ORDER BY window_start, window_id LIMIT ?").Bind(pipeline).Bind(limit);
        var rows = new List<ResultRow>();
        while (row.Step())
            rows.Add(RowOf(row));
        return rows;
    });

    private static CommitOutcome Write(SqliteSession session, PartitionId partition, long from, CommitRow row, IReadOnlyList<ResultRow> results)
    {
        if (SqliteCommits.Move(session, partition, from, row) != CommitOutcome.Committed)
            return CommitOutcome.Fenced;
        foreach (var result in results)
            Put(session, result);
        return CommitOutcome.Committed;
    }

    /// <summary>A window begins before it ends, and there is an index on the start.</summary>
    private static int Delete(SqliteSession session, string pipeline, long endBeforeMs)
    {
        session.Sql("""
            DELETE FROM window_result WHERE (pipeline, window_id) IN
                (SELECT pipeline, window_id FROM window_result WHERE pipeline = ? AND window_start < ? AND window_end < ? ORDER BY window_start LIMIT ?)
            """).Bind(pipeline).Bind(endBeforeMs).Bind(endBeforeMs).Bind(DeletedPerTransaction).Run();
        return session.Changes;
    }

    private static void Put(SqliteSession session, ResultRow result)
    {
        var put = session.Sql(Upsert)
            .Bind(result.Pipeline).Bind(result.WindowId).Bind(result.Revision).Bind(result.StartMs).Bind(result.EndMs).Bind(result.Key)
            .Bind(result.Count).Bind(result.Sum).Bind(result.Min).Bind(result.Max).Bind(result.Avg).Bind(result.Data).Bind(result.IsRetracted ? 1 : 0);
        put = result.MergedInto is { } into ? put.Bind(into) : put.BindNull();
        put = result.EventTimeMs is { } time ? put.Bind(time) : put.BindNull();
        put.Bind(result.ProcessingTimeMs).Run();
    }

    private static ResultRow RowOf(SqliteStatement row) => new(
        row.Text(0), row.Text(1), row.Int32(2), row.Int64(3), row.Int64(4), row.Text(5), row.Int64(6), row.Double(7), row.Double(8), row.Double(9), row.Double(10), row.Text(11),
        row.IsNull(13) ? null : row.Text(13), row.IsNull(14) ? null : row.Int64(14), row.Int64(15)) { IsRetracted = row.Int64(12) != 0 };
}
