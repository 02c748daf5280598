using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>The alarms seen so far: written by the reader of the <c>alarms</c> topic together with its position (protocol.md rule 29).</summary>
internal sealed class SqliteHistory(SqliteFile state, TimeProvider time) : IAlarmHistory
{
    private const int DeletedPerTransaction = 5000;

    public async Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms, CancellationToken cancel = default)
    {
        try
        {
            return await state.WriteAsync(session => Write(session, partition, from, row, alarms), cancel, 512 * alarms.Count).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return CommitOutcome.Unknown;
        }
    }

    public IReadOnlyList<StoredAlarm> List(AlarmQuery query) => state.Read(session => ListIn(session, query));

    public AlarmRecord? Find(AlarmId id) => state.Read(session =>
    {
        using var row = session.Sql("SELECT alarm FROM alarm_history WHERE id = ?").Bind(id.Text);
        return row.Step() ? AlarmCodec.Decode(row.Blob(0)) : null;
    });

    public async Task<long> RetainAsync(long storedBeforeMs, CancellationToken cancel)
    {
        var total = 0L;
        int deleted;
        do
        {
            deleted = await state.WriteAsync(session => Delete(session, storedBeforeMs), cancel).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted == DeletedPerTransaction);
        return total;
    }

    private CommitOutcome Write(SqliteSession session, PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms)
    {
        if (SqliteCommits.Move(session, partition, from, row) != CommitOutcome.Committed)
            return CommitOutcome.Fenced;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var alarm in alarms)
            Insert(session, alarm, now);
        return CommitOutcome.Committed;
    }

    private static void Insert(SqliteSession session, AlarmRecord alarm, long nowMs) =>
        session.Sql("INSERT OR IGNORE INTO alarm_history (id, metric, rule_id, kind, time, alarm, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .Bind(alarm.Id.Text).Bind(alarm.Metric).Bind(alarm.RuleId.ToString("N")).Bind((int)alarm.Kind).Bind(alarm.TimeMs).Bind(AlarmCodec.Encode(alarm)).Bind(nowMs).Run();

    /// <summary>Each set of conditions is a statement of its own, so that SQLite picks the index that fits.</summary>
    private static List<StoredAlarm> ListIn(SqliteSession session, AlarmQuery query)
    {
        var conditions = new StringBuilder();
        if (query.Metric is not null)
            conditions.Append(" AND metric = ?");
        if (query.RuleId is not null)
            conditions.Append(" AND rule_id = ?");
        if (query.Kind is not null)
            conditions.Append(" AND kind = ?");
        if (query.FromMs is not null)
            conditions.Append(" AND time >= ?");
        if (query.ToMs is not null)
            conditions.Append(" AND time < ?");
        using var row = session.Sql($"SELECT seq, alarm FROM alarm_history WHERE seq < ?{conditions} ORDER BY seq DESC LIMIT ?").Bind(query.Before ?? long.MaxValue);
        if (query.Metric is { } metric)
            row.Bind(metric);
        if (query.RuleId is { } rule)
            row.Bind(rule.ToString("N"));
        if (query.Kind is { } kind)
            row.Bind((int)kind);
        if (query.FromMs is { } from)
            row.Bind(from);
        if (query.ToMs is { } to)
            row.Bind(to);
        row.Bind(query.Limit);
        var alarms = new List<StoredAlarm>();
        while (row.Step())
            alarms.Add(new StoredAlarm(row.Int64(0), AlarmCodec.Decode(row.Blob(1))));
        return alarms;
    }

    private static int Delete(SqliteSession session, long storedBeforeMs)
    {
        session.Sql("DELETE FROM alarm_history WHERE seq IN (SELECT seq FROM alarm_history WHERE stored_at < ? ORDER BY stored_at LIMIT ?)").Bind(storedBeforeMs).Bind(DeletedPerTransaction).Run();
        return session.Changes;
    }
}
