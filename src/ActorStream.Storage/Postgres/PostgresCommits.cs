using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Commit rows: one per group and partition, fenced by epoch and serial (protocol.md rules 4 and 10).</summary>
internal sealed class PostgresCommits(PostgresDatabase database) : ICommitStore
{
    internal const string Columns = "epoch, serial, position, max_event_time, idle, records, routed, unrouted, unreadable, processor_state, config_version";

    public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default) =>
        database.WriteAsync(connection => ClaimAsync(connection, partition, startAt), cancel);

    public Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default) =>
        OutcomeAsync(database.WriteAsync(connection => MoveAsync(connection, partition, null, row), cancel));

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => database.Read(connection => connection.List(
        r => (new PartitionId(group, r.GetString(0), r.GetInt32(1), r.GetInt32(2)), RowOf(r, 3)),
        $"SELECT topic, incarnation, partition, {Columns} FROM commit_row WHERE reader_group = $1 ORDER BY topic, partition", group));

    internal static async Task<CommitOutcome> OutcomeAsync(Task<CommitOutcome> write)
    {
        try
        {
            return await write.ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return CommitOutcome.Unknown;
        }
    }

    /// <param name="from">Null, or the position the row must still have.</param>
    internal static async Task<CommitOutcome> MoveAsync(NpgsqlConnection connection, PartitionId partition, long? from, CommitRow row)
    {
        var moved = await connection.RunAsync("""
            UPDATE commit_row SET serial = $1, position = $2, max_event_time = $3, idle = $4, records = $5, routed = $6, unrouted = $7, unreadable = $8, processor_state = $9, config_version = $10
            WHERE reader_group = $11 AND topic = $12 AND partition = $13 AND incarnation = $14 AND epoch = $15 AND serial < $1 AND ($16::bigint IS NULL OR position = $16)
            """,
            row.Serial, row.Position, row.MaxEventTime, row.Idle, row.Counters.Records, row.Counters.Routed, row.Counters.Unrouted, row.Counters.Unreadable, row.ProcessorState, row.ConfigVersion,
            partition.Group, partition.Topic, partition.Partition, partition.Incarnation, row.Epoch, from).ConfigureAwait(false);
        return moved == 1 ? CommitOutcome.Committed : CommitOutcome.Fenced;
    }

    /// <summary>One statement, so that two readers who claim at once get two epochs. The epoch goes on rising over incarnations: a reader of the old topic stays fenced.</summary>
    private static async Task<CommitRow> ClaimAsync(NpgsqlConnection connection, PartitionId partition, long startAt)
    {
        var rows = await connection.ListAsync(r => RowOf(r, 0), $"""
            INSERT INTO commit_row AS mine (reader_group, topic, partition, incarnation, {Columns}) VALUES ($1, $2, $3, $4, 1, 0, $5, $6, false, 0, 0, 0, 0, ''::bytea, 0)
            ON CONFLICT (reader_group, topic, partition) DO UPDATE SET epoch = mine.epoch + 1, serial = 0, incarnation = excluded.incarnation,
                {string.Join(", ", Kept("position", "max_event_time", "idle", "records", "routed", "unrouted", "unreadable", "processor_state", "config_version"))}
            WHERE mine.incarnation <= excluded.incarnation
            RETURNING {Columns}
            """, partition.Group, partition.Topic, partition.Partition, partition.Incarnation, startAt, PartitionId.NoTime).ConfigureAwait(false);
        return rows is [var row] ? row : throw new InvalidOperationException($"Partition {partition} was already read in a later incarnation: this reader knows an older topic. Look up the topic again.");
    }

    /// <summary>Of the same incarnation a column stays, of an older one it begins again.</summary>
    private static IEnumerable<string> Kept(params string[] columns) => columns.Select(c => $"{c} = CASE WHEN mine.incarnation = excluded.incarnation THEN mine.{c} ELSE excluded.{c} END");

    internal static CommitRow RowOf(NpgsqlDataReader row, int at) => new(
        row.GetInt64(at), row.GetInt64(at + 1), row.GetInt64(at + 2), row.GetInt64(at + 3), row.GetBoolean(at + 4),
        new ReaderCounters(row.GetInt64(at + 5), row.GetInt64(at + 6), row.GetInt64(at + 7), row.GetInt64(at + 8)), row.GetFieldValue<byte[]>(at + 9), row.GetInt32(at + 10));
}
