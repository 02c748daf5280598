using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>Commit rows: one per group and partition, fenced by epoch and serial (protocol.md rules 4 and 10).</summary>
internal sealed class SqliteCommits(SqliteFile state) : ICommitStore
{
    internal const string Columns = "epoch, serial, position, max_event_time, idle, records, routed, unrouted, unreadable, processor_state, config_version";

    public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default) =>
        state.WriteAsync(session => Claim(session, partition, startAt), cancel);

    public async Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default)
    {
        try
        {
            return await state.WriteAsync(session => Move(session, partition, null, row), cancel, row.ProcessorState.Length).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return CommitOutcome.Unknown;
        }
    }

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => state.Read(session => Rows(session, group));

    /// <param name="from">Null, or the position the row must still have.</param>
    internal static CommitOutcome Move(SqliteSession session, PartitionId partition, long? from, CommitRow row)
    {
        var update = session.Sql("""
            UPDATE commit_row SET serial = ?1, position = ?2, max_event_time = ?3, idle = ?4, records = ?5, routed = ?6, unrouted = ?7, unreadable = ?8, processor_state = ?9, config_version = ?10
            WHERE reader_group = ?11 AND topic = ?12 AND partition = ?13 AND incarnation = ?14 AND epoch = ?15 AND serial < ?1 AND (?16 IS NULL OR position = ?16)
            """)
            .Bind(row.Serial).Bind(row.Position).Bind(row.MaxEventTime).Bind(row.Idle ? 1 : 0)
            .Bind(row.Counters.Records).Bind(row.Counters.Routed).Bind(row.Counters.Unrouted).Bind(row.Counters.Unreadable)
            .Bind(row.ProcessorState.Span).Bind(row.ConfigVersion)
            .Bind(partition.Group).Bind(partition.Topic).Bind(partition.Partition).Bind(partition.Incarnation).Bind(row.Epoch);
        (from is { } position ? update.Bind(position) : update.BindNull()).Run();
        return session.Changes == 1 ? CommitOutcome.Committed : CommitOutcome.Fenced;
    }

    private static CommitRow Claim(SqliteSession session, PartitionId partition, long startAt)
    {
        var known = IncarnationOf(session, partition);
        if (known > partition.Incarnation)
            throw new InvalidOperationException($"Partition {partition} was already read in incarnation {known}: this reader knows an older topic. Look up the topic again.");
        return known == partition.Incarnation ? Bump(session, partition) : Begin(session, partition, startAt);
    }

    private static int? IncarnationOf(SqliteSession session, PartitionId partition)
    {
        using var row = session.Sql("SELECT incarnation FROM commit_row WHERE reader_group = ? AND topic = ? AND partition = ?")
            .Bind(partition.Group).Bind(partition.Topic).Bind(partition.Partition);
        return row.Step() ? row.Int32(0) : null;
    }

    private static CommitRow Bump(SqliteSession session, PartitionId partition)
    {
        using var row = session.Sql($"UPDATE commit_row SET epoch = epoch + 1, serial = 0 WHERE reader_group = ? AND topic = ? AND partition = ? RETURNING {Columns}")
            .Bind(partition.Group).Bind(partition.Topic).Bind(partition.Partition);
        row.Step();
        return RowOf(row, 0);
    }

    /// <summary>The epoch goes on rising over incarnations, so that a reader of the old topic stays fenced.</summary>
    private static CommitRow Begin(SqliteSession session, PartitionId partition, long startAt)
    {
        using var row = session.Sql($"""
            INSERT INTO commit_row (reader_group, topic, partition, incarnation, {Columns}) VALUES (?, ?, ?, ?, 1, 0, ?, ?, 0, 0, 0, 0, 0, x'', 0)
            ON CONFLICT (reader_group, topic, partition) DO UPDATE SET incarnation = excluded.incarnation, epoch = epoch + 1, serial = 0, position = excluded.position,
                max_event_time = excluded.max_event_time, idle = 0, records = 0, routed = 0, unrouted = 0, unreadable = 0, processor_state = x'', config_version = 0
            RETURNING {Columns}
            """)
            .Bind(partition.Group).Bind(partition.Topic).Bind(partition.Partition).Bind(partition.Incarnation).Bind(startAt).Bind(PartitionId.NoTime);
        row.Step();
        return RowOf(row, 0);
    }

    private static List<(PartitionId, CommitRow)> Rows(SqliteSession session, string group)
    {
        var rows = new List<(PartitionId, CommitRow)>();
        using var row = session.Sql($"SELECT topic, incarnation, partition, {Columns} FROM commit_row WHERE reader_group = ? ORDER BY topic, partition").Bind(group);
        while (row.Step())
            rows.Add((new PartitionId(group, row.Text(0), row.Int32(1), row.Int32(2)), RowOf(row, 3)));
        return rows;
    }

    internal static CommitRow RowOf(SqliteStatement row, int at) => new(
        row.Int64(at), row.Int64(at + 1), row.Int64(at + 2), row.Int64(at + 3), row.Int64(at + 4) != 0,
        new ReaderCounters(row.Int64(at + 5), row.Int64(at + 6), row.Int64(at + 7), row.Int64(at + 8)), row.Blob(at + 9), row.Int32(at + 10));
}
