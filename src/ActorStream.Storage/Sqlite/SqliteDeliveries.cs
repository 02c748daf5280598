using ActorStream.Domain.Alarms;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>Attempts to deliver alarms, one row each.</summary>
internal sealed class SqliteDeliveries(SqliteFile state) : IDeliveryLog
{
    private const int DeletedPerTransaction = 5000;

    public async Task WriteAsync(IReadOnlyList<DeliveryRow> rows, CancellationToken cancel = default) =>
        await state.WriteAsync(session => Write(session, rows), cancel, 128 * rows.Count).ConfigureAwait(false);

    public IReadOnlyList<DeliveryRow> Of(AlarmId alarm) => state.Read(session =>
    {
        using var row = session.Sql("SELECT attempt, started, ended, outcome, answer, ambiguous FROM delivery WHERE alarm_id = ? ORDER BY attempt").Bind(alarm.Text);
        var rows = new List<DeliveryRow>();
        while (row.Step())
            rows.Add(new DeliveryRow(alarm, row.Int32(0), row.Int64(1), row.IsNull(2) ? null : row.Int64(2), row.Text(3), row.Text(4), row.Int64(5) != 0));
        return rows;
    });

    public async Task<long> RetainAsync(long startedBeforeMs, CancellationToken cancel)
    {
        var total = 0L;
        int deleted;
        do
        {
            deleted = await state.WriteAsync(session => Delete(session, startedBeforeMs), cancel).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted == DeletedPerTransaction);
        return total;
    }

    private static bool Write(SqliteSession session, IReadOnlyList<DeliveryRow> rows)
    {
        foreach (var row in rows)
        {
            var insert = session.Sql("INSERT OR REPLACE INTO delivery (alarm_id, attempt, started, ended, outcome, answer, ambiguous) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .Bind(row.Alarm.Text).Bind(row.Attempt).Bind(row.StartedMs);
            (row.EndedMs is { } ended ? insert.Bind(ended) : insert.BindNull()).Bind(row.Outcome).Bind(row.Answer).Bind(row.IsAmbiguous ? 1 : 0).Run();
        }
        return true;
    }

    private static int Delete(SqliteSession session, long startedBeforeMs)
    {
        session.Sql("DELETE FROM delivery WHERE (alarm_id, attempt) IN (SELECT alarm_id, attempt FROM delivery WHERE started < ? ORDER BY started LIMIT ?)").Bind(startedBeforeMs).Bind(DeletedPerTransaction).Run();
        return session.Changes;
    }
}
