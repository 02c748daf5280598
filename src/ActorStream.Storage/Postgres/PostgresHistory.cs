using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>The alarms seen so far: written by the reader of the <c>alarms</c> topic together with its position (protocol.md rule 29).</summary>
internal sealed class PostgresHistory(PostgresDatabase database, TimeProvider time) : IAlarmHistory
{
    public Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms, CancellationToken cancel = default) =>
        PostgresCommits.OutcomeAsync(database.WriteAsync(connection => WriteAsync(connection, partition, from, row, alarms), cancel));

    /// <summary>Each set of conditions is a statement of its own, so that the index that fits is picked.</summary>
    public IReadOnlyList<StoredAlarm> List(AlarmQuery query)
    {
        var values = new List<object?> { query.Before ?? long.MaxValue };
        string And(string condition, object? value)
        {
            if (value is null)
                return "";
            values.Add(value);
            return $" AND {condition} ${values.Count}";
        }
        var conditions = And("metric =", query.Metric) + And("rule_id =", query.RuleId) + And("kind =", (int?)query.Kind) + And("time >=", query.FromMs) + And("time <", query.ToMs);
        values.Add(query.Limit);
        return database.Read(connection => connection.List(r => new StoredAlarm(r.GetInt64(0), AlarmCodec.Decode(r.GetFieldValue<byte[]>(1))),
            $"SELECT seq, alarm FROM alarm_history WHERE seq < $1{conditions} ORDER BY seq DESC LIMIT ${values.Count}", [.. values]));
    }

    public AlarmRecord? Find(AlarmId id) => database.Read(connection =>
        connection.List(r => AlarmCodec.Decode(r.GetFieldValue<byte[]>(0)), "SELECT alarm FROM alarm_history WHERE id = $1", id.Text).SingleOrDefault());

    public Task<long> RetainAsync(long storedBeforeMs, CancellationToken cancel) =>
        PostgresRetention.DeleteAsync(database, "DELETE FROM alarm_history WHERE seq IN (SELECT seq FROM alarm_history WHERE stored_at < $1 ORDER BY stored_at LIMIT $2)", storedBeforeMs, cancel);

    private async Task<CommitOutcome> WriteAsync(NpgsqlConnection connection, PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms)
    {
        if (await PostgresCommits.MoveAsync(connection, partition, from, row).ConfigureAwait(false) != CommitOutcome.Committed)
            return CommitOutcome.Fenced;
        if (alarms.Count == 0)
            return CommitOutcome.Committed;
        // Numbers become visible in their order: a page mark must not jump over an alarm that is committed later.
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, $2)", PostgresSchema.Locks, PostgresSchema.HistoryLock).ConfigureAwait(false);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var alarm in alarms)
        {
            batch.Add("INSERT INTO alarm_history (id, metric, rule_id, kind, time, alarm, stored_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
                alarm.Id.Text, alarm.Metric, alarm.RuleId, (int)alarm.Kind, alarm.TimeMs, (ReadOnlyMemory<byte>)AlarmCodec.Encode(alarm), now);
        }
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        return CommitOutcome.Committed;
    }
}
