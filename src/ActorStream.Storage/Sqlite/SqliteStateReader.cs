using System.Globalization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Microsoft.Data.Sqlite;

namespace ActorStream.Storage.Sqlite;

/// <summary>A data folder as of one moment: a read transaction on each of its files.</summary>
/// <remarks><c>topics.db</c> is looked at before and after <c>state.db</c>, because the two are not one: first offsets of before and heads of after enclose every commit row.</remarks>
public sealed class SqliteStateReader : IStateReader
{
    private readonly SqliteSession _topics;
    private readonly SqliteSession _state;
    private readonly Dictionary<(string Topic, int Partition), long> _firstsBefore = [];
    private readonly HashSet<string> _internal = new(StringComparer.Ordinal);

    private SqliteStateReader(SqliteSession topics, SqliteSession state)
    {
        (_topics, _state) = (topics, state);
        NoteFirsts(topics);
        Begin(state);
        Begin(topics);
        NoteFirsts(state);
        foreach (var topic in TopicsIn(state))
            _internal.Add(topic.Name);
    }

    public string Cluster => SqliteOpening.Info(_state, "cluster");

    public bool HasFence => SqliteOpening.FenceIn(_state) == SqliteSchema.Fence;

    /// <exception cref="StorageRefusedException">The folder or one of its files is missing, or its schema is of another version.</exception>
    /// <exception cref="StorageUnavailableException">A file cannot be read.</exception>
    public static SqliteStateReader Open(string dataFolder)
    {
        if (!Directory.Exists(dataFolder))
            throw new StorageRefusedException($"The data folder {dataFolder} does not exist; name the one of a node or a run with --data.");
        var paths = new[] { "topics.db", "state.db" }.Select(f => Path.Combine(dataFolder, f)).ToArray();
        if (paths.FirstOrDefault(p => !File.Exists(p)) is { } missing)
            throw new StorageRefusedException($"There is no {missing}: {dataFolder} is no data folder, or a part of one. Name the folder of a node or a run with --data.");
        return Asked(dataFolder, () => Open(paths));
    }

    public IReadOnlyList<string> PersistenceIds() => Asked("state.db", () =>
    {
        var ids = new List<string>();
        // Stepping from id to id costs one look into the index each, however many events there are.
        foreach (var table in new[] { "journal", "snapshot" })
        {
            for (var id = After(table, ""); id is not null; id = After(table, id))
                ids.Add(id);
        }
        return ids.Distinct().Order(StringComparer.Ordinal).ToArray();
    });

    public StoredPayload? NewestSnapshotOf(string persistenceId) => Asked("state.db", () =>
    {
        using var row = _state.Sql("SELECT sequence_number, serializer_id, manifest, snapshot FROM snapshot WHERE persistence_id = ? ORDER BY sequence_number DESC LIMIT 1").Bind(persistenceId);
        return row.Step() ? new StoredPayload(row.Int64(0), false, IdIn(row, 1), row.IsNull(2) ? "" : row.Text(2), row.Blob(3)) : null;
    });

    public IEnumerable<StoredPayload> EventsAfter(string persistenceId, long sequence)
    {
        using var row = _state.Sql("SELECT sequence_number, deleted, identifier, manifest, message FROM journal WHERE persistence_id = ? AND sequence_number > ? ORDER BY sequence_number").Bind(persistenceId).Bind(sequence);
        while (Asked("state.db", row.Step))
            yield return new StoredPayload(row.Int64(0), row.Int64(1) != 0, IdIn(row, 2), row.IsNull(3) ? "" : row.Text(3), row.Blob(4));
    }

    public long HighestSequenceOf(string persistenceId) => Asked("state.db", () =>
    {
        using var row = _state.Sql("SELECT MAX(sequence_number) FROM journal WHERE persistence_id = ?").Bind(persistenceId);
        row.Step();
        return row.Int64(0);
    });

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> Commits() => Asked("state.db", () =>
    {
        var rows = new List<(PartitionId, CommitRow)>();
        using var row = _state.Sql($"SELECT reader_group, topic, incarnation, partition, {SqliteCommits.Columns} FROM commit_row ORDER BY reader_group, topic, partition");
        while (row.Step())
            rows.Add((new PartitionId(row.Text(0), row.Text(1), row.Int32(2), row.Int32(3)), SqliteCommits.RowOf(row, 4)));
        return rows;
    });

    public IReadOnlyList<StoredTopic> Topics() => Asked("topics", () => TopicsIn(_state).Concat(TopicsIn(_topics)).OrderBy(t => t.Name, StringComparer.Ordinal).ToArray());

    public IEnumerable<StoredSpan> SpansOf(StoredTopic topic)
    {
        using var row = SessionOf(topic).Sql("SELECT partition, first_offset, count FROM topic_batch WHERE topic_id = ? AND incarnation = ? ORDER BY partition, first_offset").Bind(topic.Id).Bind(topic.Incarnation);
        while (Asked(topic.Name, row.Step))
            yield return new StoredSpan(row.Int32(0), row.Int64(1), row.Int32(2));
    }

    public IReadOnlyDictionary<string, long> TakenBy(StoredTopic topic) => Asked(topic.Name, () =>
    {
        var taken = new Dictionary<string, long>(StringComparer.Ordinal);
        using var row = SessionOf(topic).Sql("SELECT sender, taken FROM topic_sender WHERE topic_id = ?").Bind(topic.Id);
        while (row.Step())
            taken[row.Text(0)] = row.Int64(1);
        return taken;
    });

    public IReadOnlyList<CompactedRecord> RowsOf(string compactedTopic) => Asked("topics.db", () =>
    {
        var rows = new List<CompactedRecord>();
        using var row = _topics.Sql("SELECT key, value, position, r.append_time FROM compacted_record r JOIN topic t ON t.id = r.topic_id WHERE t.name = ? AND t.kind = ? ORDER BY position").Bind(compactedTopic).Bind((long)TopicKind.Compacted);
        while (row.Step())
            rows.Add(new CompactedRecord(row.Text(0), row.IsNull(1) ? (ReadOnlyMemory<byte>?)null : row.Blob(1), row.Int64(2), row.Int64(3)));
        return rows;
    });

    public long DeadLetters(string reason) => Asked("state.db", () =>
    {
        using var row = _state.Sql("SELECT count FROM dead_letter_count WHERE reason = ?").Bind(reason);
        return row.Step() ? row.Int64(0) : 0;
    });

    public IReadOnlyList<EntityCheckpoint> Of(IReadOnlyList<string> persistenceIds) => Asked("state.db", () => persistenceIds.Select(id => SqliteCheckpoints.Of(_state, id)).ToArray());

    public void Dispose()
    {
        _topics.Dispose();
        _state.Dispose();
    }

    private static SqliteStateReader Open(string[] paths)
    {
        var opened = new List<SqliteSession>();
        try
        {
            foreach (var path in paths)
            {
                opened.Add(SqliteSession.OpenToLook(path));
                CheckSchema(opened[^1], Path.GetFileName(path));
            }
            return new SqliteStateReader(opened[0], opened[1]);
        }
        catch (Exception e) when (e is SqliteException or StorageRefusedException)
        {
            opened.ForEach(s => s.Dispose());
            throw;
        }
    }

    private static void CheckSchema(SqliteSession session, string file)
    {
        var version = SqliteOpening.Exists(session, "table", "storage_info") ? SqliteOpening.Info(session, "schema") : "none";
        if (version != SqliteSchema.Version.ToString(CultureInfo.InvariantCulture))
            throw new StorageRefusedException($"{file} has schema {version}, this program reads {SqliteSchema.Version}. Use the program version that wrote it, or start a node of this version on it first.");
    }

    /// <summary>A transaction begins with its first look.</summary>
    private static void Begin(SqliteSession session)
    {
        session.Sql("BEGIN").Run();
        session.Sql("SELECT 1 FROM storage_info LIMIT 1").Run();
    }

    private void NoteFirsts(SqliteSession session)
    {
        using var row = session.Sql("SELECT t.name, p.partition, p.first_offset FROM topic_partition p JOIN topic t ON t.id = p.topic_id");
        while (row.Step())
            _firstsBefore[(row.Text(0), row.Int32(1))] = row.Int64(2);
    }

    private List<StoredTopic> TopicsIn(SqliteSession session)
    {
        var topics = new List<StoredTopic>();
        using (var row = session.Sql("SELECT id, name, incarnation FROM topic WHERE kind = ?").Bind((long)TopicKind.Batches))
        {
            while (row.Step())
                topics.Add(new StoredTopic(row.Text(1), row.Int32(2), []) { Id = row.Int64(0) });
        }
        return [.. topics.Select(t => t with { Partitions = PartitionsOf(session, t) })];
    }

    private List<StoredPartition> PartitionsOf(SqliteSession session, StoredTopic topic)
    {
        var partitions = new List<StoredPartition>();
        using var row = session.Sql("SELECT partition, first_offset, next_offset FROM topic_partition WHERE topic_id = ? ORDER BY partition").Bind(topic.Id);
        while (row.Step())
            partitions.Add(new StoredPartition(row.Int32(0), row.Int64(1), _firstsBefore.GetValueOrDefault((topic.Name, row.Int32(0)), row.Int64(1)), row.Int64(2)));
        return partitions;
    }

    private string? After(string table, string id)
    {
        using var row = _state.Sql($"SELECT persistence_id FROM {table} WHERE persistence_id > ? ORDER BY persistence_id LIMIT 1").Bind(id);
        return row.Step() ? row.Text(0) : null;
    }

    private SqliteSession SessionOf(StoredTopic topic) => _internal.Contains(topic.Name) ? _state : _topics;

    private static int? IdIn(SqliteStatement row, int column) => row.IsNull(column) ? null : row.Int32(column);

    private static T Asked<T>(string what, Func<T> question)
    {
        try
        {
            return question();
        }
        catch (SqliteException e)
        {
            throw new StorageUnavailableException($"{what} cannot be read: {e.Message}", e);
        }
    }
}
