using ActorStream.Domain.Alarms;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Attempts to deliver alarms, one row each.</summary>
internal sealed class PostgresDeliveries(PostgresDatabase database) : IDeliveryLog
{
    public Task WriteAsync(IReadOnlyList<DeliveryRow> rows, CancellationToken cancel = default) =>
        rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => WriteAsync(connection, rows), cancel);

    public IReadOnlyList<DeliveryRow> Of(AlarmId alarm) => database.Read(connection => connection.List(
        r => new DeliveryRow(alarm, r.GetInt32(0), r.GetInt64(1), r.IsDBNull(2) ? null : r.GetInt64(2), r.GetString(3), r.GetString(4), r.GetBoolean(5)),
        "SELECT attempt, started, ended, outcome, answer, ambiguous FROM delivery WHERE alarm_id = $1 ORDER BY attempt", alarm.Text));

    public Task<long> RetainAsync(long startedBeforeMs, CancellationToken cancel) => PostgresRetention.DeleteAsync(
        database, "DELETE FROM delivery WHERE (alarm_id, attempt) IN (SELECT alarm_id, attempt FROM delivery WHERE started < $1 ORDER BY started LIMIT $2)", startedBeforeMs, cancel);

    /// <summary>In the order of the key, so that two writers cannot wait for each other in a circle; the same attempt twice keeps its order.</summary>
    private static async Task<int> WriteAsync(NpgsqlConnection connection, IReadOnlyList<DeliveryRow> rows)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var row in rows.OrderBy(r => r.Alarm.Text, StringComparer.Ordinal).ThenBy(r => r.Attempt))
        {
            batch.Add("""
                INSERT INTO delivery (alarm_id, attempt, started, ended, outcome, answer, ambiguous) VALUES ($1, $2, $3, $4::bigint, $5, $6, $7)
                ON CONFLICT (alarm_id, attempt) DO UPDATE SET started = excluded.started, ended = excluded.ended, outcome = excluded.outcome, answer = excluded.answer, ambiguous = excluded.ambiguous
                """, row.Alarm.Text, row.Attempt, row.StartedMs, row.EndedMs, row.Outcome, PostgresStatements.Storable(row.Answer), row.IsAmbiguous);
        }
        return await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
