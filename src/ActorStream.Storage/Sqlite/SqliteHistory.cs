using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>The alarms seen so far: written by the reader of the <c>alarms</c> topic together with its position (protocol.md rule 29).</summary>
internal sealed class SqliteHistory(SqliteFile state, TimeProvider time) : IAlarmHistory
{
    private const int DeletedPerTransaction = 5000;

    private const string Columns = """
        id, metric, rule_id, rule_position, series, cause_group, cause_topic, cause_incarnation, cause_partition, cause_offset,
        value, operator, threshold_text, time, append_time, webhook_url
        """;

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

    public IReadOnlyList<AlarmRecord> List(string? metric, int limit) => state.Read(session => ListIn(session, metric, limit));

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

    private static void Insert(SqliteSession session, AlarmRecord alarm, long nowMs)
    {
        var cause = alarm.Cause.Partition;
        session.Sql($"INSERT OR IGNORE INTO alarm_history ({Columns}, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(alarm.Id.Text).Bind(alarm.Metric).Bind(alarm.RuleId.ToString("N")).Bind(alarm.RulePosition).Bind(SeriesText.Write(alarm.Series))
            .Bind(cause.Group).Bind(cause.Topic).Bind(cause.Incarnation).Bind(cause.Partition).Bind(alarm.Cause.Offset)
            .Bind(alarm.Value).Bind(alarm.Operator.ToString()).Bind(alarm.ThresholdText).Bind(alarm.TimeMs).Bind(alarm.AppendTimeMs).Bind(alarm.WebhookUrl).Bind(nowMs).Run();
    }

    private static List<AlarmRecord> ListIn(SqliteSession session, string? metric, int limit)
    {
        var alarms = new List<AlarmRecord>();
        using var row = metric is null
            ? session.Sql($"SELECT {Columns} FROM alarm_history ORDER BY seq DESC LIMIT ?").Bind(limit)
            : session.Sql($"SELECT {Columns} FROM alarm_history WHERE metric = ? ORDER BY seq DESC LIMIT ?").Bind(metric).Bind(limit);
        while (row.Step())
            alarms.Add(AlarmOf(row));
        return alarms;
    }

    private static AlarmRecord AlarmOf(SqliteStatement row) => new(
        new AlarmId(row.Text(0)), Guid.ParseExact(row.Text(2), "N"), row.Int64(3), row.Text(1), SeriesText.Read(row.Text(4)),
        new AppliedOffset(new PartitionId(row.Text(5), row.Text(6), row.Int32(7), row.Int32(8)), row.Int64(9)),
        row.IsNull(10) ? double.NaN : row.Double(10), // SQLite has no NaN: it stores one as NULL.
        Enum.Parse<ComparisonOperator>(row.Text(11)), row.Text(12), row.Int64(13), row.Int64(14), row.Text(15));

    private static int Delete(SqliteSession session, long storedBeforeMs)
    {
        session.Sql("DELETE FROM alarm_history WHERE seq IN (SELECT seq FROM alarm_history WHERE stored_at < ? ORDER BY stored_at LIMIT ?)").Bind(storedBeforeMs).Bind(DeletedPerTransaction).Run();
        return session.Changes;
    }
}
