using System.Globalization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>A database as of one moment: one transaction that sees nothing of what is written meanwhile, and may not write.</summary>
public sealed class PostgresStateReader : IStateReader
{
    private readonly NpgsqlConnection _connection;

    private PostgresStateReader(NpgsqlConnection connection, string cluster, bool hasFence) => (_connection, Cluster, HasFence) = (connection, cluster, hasFence);

    public string Cluster { get; }

    public bool HasFence { get; }

    /// <exception cref="StorageRefusedException">There is no schema of ours, it is of another version, or the connection string cannot be read.</exception>
    /// <exception cref="StorageUnavailableException">The server cannot be reached.</exception>
    public static async Task<PostgresStateReader> OpenAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        var connection = ConnectionOf(options);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            await connection.RunAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").ConfigureAwait(false);
            var info = await InfoAsync(connection).ConfigureAwait(false);
            return new PostgresStateReader(connection, info.GetValueOrDefault("cluster", ""), await PostgresOpening.HasFenceAsync(connection).ConfigureAwait(false));
        }
        catch (Exception e) when (e is NpgsqlException or StorageRefusedException or OperationCanceledException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is NpgsqlException failed)
                throw PostgresFailures.NotDone(failed);
            throw;
        }
    }

    public IReadOnlyList<string> PersistenceIds() => List(r => r.GetString(0), "SELECT persistence_id FROM journal UNION SELECT persistence_id FROM snapshot ORDER BY 1");

    public StoredPayload? NewestSnapshotOf(string persistenceId) => List(
        r => new StoredPayload(r.GetInt64(0), false, IdIn(r, 1), r.IsDBNull(2) ? "" : r.GetString(2), r.IsDBNull(3) ? [] : r.GetFieldValue<byte[]>(3)),
        "SELECT sequence_number, serializer_id, manifest, snapshot FROM snapshot WHERE persistence_id = $1 ORDER BY sequence_number DESC LIMIT 1", persistenceId).SingleOrDefault();

    public IEnumerable<StoredPayload> EventsAfter(string persistenceId, long sequence) => Rows(
        r => new StoredPayload(r.GetInt64(0), r.GetBoolean(1), IdIn(r, 2), r.IsDBNull(3) ? "" : r.GetString(3), r.GetFieldValue<byte[]>(4)),
        "SELECT sequence_number, deleted, identifier, manifest, message FROM journal WHERE persistence_id = $1 AND sequence_number > $2 ORDER BY sequence_number", persistenceId, sequence);

    public long HighestSequenceOf(string persistenceId) =>
        List(r => r.GetInt64(0), "SELECT sequence_number FROM journal WHERE persistence_id = $1 ORDER BY sequence_number DESC LIMIT 1", persistenceId).SingleOrDefault();

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> Commits() => List(
        r => (new PartitionId(r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetInt32(3)), PostgresCommits.RowOf(r, 4)),
        $"SELECT reader_group, topic, incarnation, partition, {PostgresCommits.Columns} FROM commit_row ORDER BY reader_group, topic, partition");

    public IReadOnlyList<StoredTopic> Topics()
    {
        var topics = List(r => new StoredTopic(r.GetString(1), r.GetInt32(2), []) { Id = r.GetInt64(0) }, "SELECT id, name, incarnation FROM topic WHERE kind = $1 ORDER BY name COLLATE \"C\"", (int)TopicKind.Batches);
        return [.. topics.Select(t => t with
        {
            Partitions = List(r => new StoredPartition(r.GetInt32(0), r.GetInt64(1), r.GetInt64(1), r.GetInt64(2)), "SELECT partition, first_offset, next_offset FROM topic_partition WHERE topic_id = $1 ORDER BY partition", t.Id),
        })];
    }

    public IEnumerable<StoredSpan> SpansOf(StoredTopic topic) => Rows(
        r => new StoredSpan(r.GetInt32(0), r.GetInt64(1), r.GetInt32(2)),
        "SELECT partition, first_offset, count FROM topic_batch WHERE topic_id = $1 AND incarnation = $2 ORDER BY partition, first_offset", topic.Id, topic.Incarnation);

    public IReadOnlyDictionary<string, long> TakenBy(StoredTopic topic) =>
        List(r => (Sender: r.GetString(0), Taken: r.GetInt64(1)), "SELECT sender, taken FROM topic_sender WHERE topic_id = $1", topic.Id).ToDictionary(t => t.Sender, t => t.Taken, StringComparer.Ordinal);

    public IReadOnlyList<CompactedRecord> RowsOf(string compactedTopic) => List(
        r => new CompactedRecord(r.GetString(0), r.IsDBNull(1) ? (ReadOnlyMemory<byte>?)null : r.GetFieldValue<byte[]>(1), r.GetInt64(2), r.GetInt64(3)),
        "SELECT key, value, position, r.append_time FROM compacted_record r JOIN topic t ON t.id = r.topic_id WHERE t.name = $1 AND t.kind = $2 ORDER BY position", compactedTopic, (int)TopicKind.Compacted);

    public long DeadLetters(string reason) => List(r => r.GetInt64(0), "SELECT count FROM dead_letter_count WHERE reason = $1", reason).SingleOrDefault();

    public IReadOnlyList<EntityCheckpoint> Of(IReadOnlyList<string> persistenceIds) => Asked(() => PostgresCheckpoints.Of(_connection, persistenceIds));

    public void Dispose() => _connection.Dispose();

    private static NpgsqlConnection ConnectionOf(PostgresOptions options)
    {
        try
        {
            // Between two questions a large state is folded: the transaction may be silent for longer than a node's.
            var builder = new NpgsqlConnectionStringBuilder(options.Connections("checkpoint", 1)) { Pooling = false, CommandTimeout = 0 };
            builder.Options += " -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=on";
            return new NpgsqlConnection(builder.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            throw PostgresStorage.Unreadable();
        }
    }

    private static async Task<Dictionary<string, string>> InfoAsync(NpgsqlConnection connection)
    {
        var tables = await connection.ListAsync(r => r.GetInt64(0), "SELECT count(*) FROM pg_class WHERE oid = to_regclass('storage_info')").ConfigureAwait(false);
        var info = tables is [1] ? await PostgresOpening.InfoAsync(connection).ConfigureAwait(false) : [];
        var version = info.GetValueOrDefault("schema", "none");
        return version == PostgresSchema.Version.ToString(CultureInfo.InvariantCulture)
            ? info
            : throw new StorageRefusedException($"The PostgreSQL database has schema {version}, this program reads {PostgresSchema.Version}. Use the program version that wrote it, or start a node of this version on it first.");
    }

    private static int? IdIn(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private List<T> List<T>(Func<NpgsqlDataReader, T> rowOf, string sql, params object?[] values) => Asked(() => _connection.List(rowOf, sql, values));

    private IEnumerable<T> Rows<T>(Func<NpgsqlDataReader, T> rowOf, string sql, params object?[] values)
    {
        using var command = _connection.Sql(sql, values);
        using var reader = Asked(() => command.ExecuteReader());
        while (Asked(reader.Read))
            yield return rowOf(reader);
    }

    private static T Asked<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (NpgsqlException e)
        {
            throw PostgresFailures.NotDone(e);
        }
    }
}
