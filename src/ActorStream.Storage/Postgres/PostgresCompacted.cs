using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>A row per key; positions come from the counter row of partition 0, whose lock also makes every change one after the other.</summary>
internal sealed class PostgresCompacted(PostgresDatabase database, PostgresCatalog catalog, PostgresTopics topics, TimeProvider time) : ICompactedTopic
{
    public async Task<(long Position, long AppendTimeMs)> PutAsync(string topic, string key, ReadOnlyMemory<byte>? value, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var put = await database.WriteAsync(connection => PutAsync(connection, info, key, value), cancel).ConfigureAwait(false);
        topics.Tell(info, 0, put.Position + 1);
        return put;
    }

    public async Task<(long Position, long AppendTimeMs)?> PutIfAtAsync(string topic, string key, ReadOnlyMemory<byte>? value, long position, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var put = await database.WriteAsync(
            async connection =>
            {
                await LockAsync(connection, info).ConfigureAwait(false);
                var at = await connection.ListAsync(r => r.GetInt64(0), "SELECT position FROM compacted_record WHERE topic_id = $1 AND key = $2", info.Id, key).ConfigureAwait(false);
                return (at is [var found] ? found : PartitionId.None) == position ? await PutAsync(connection, info, key, value).ConfigureAwait(false) : ((long Position, long AppendTimeMs)?)null;
            },
            cancel).ConfigureAwait(false);
        if (put is { } done)
            topics.Tell(info, 0, done.Position + 1);
        return put;
    }

    public async Task<int> ImportAsync(string topic, IReadOnlyList<ImportedRecord> records, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var changed = await database.WriteAsync(connection => ImportAsync(connection, info, records), cancel).ConfigureAwait(false);
        if (changed > 0)
            topics.Tell(info, 0, topics.StateOf(topic, 0).Head);
        return changed;
    }

    public IReadOnlyList<CompactedRecord> ChangesAfter(string topic, long position)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        return database.Read(connection => connection.List(
            r => new CompactedRecord(r.GetString(0), r.IsDBNull(1) ? (ReadOnlyMemory<byte>?)null : r.GetFieldValue<byte[]>(1), r.GetInt64(2), r.GetInt64(3)),
            "SELECT key, value, position, append_time FROM compacted_record WHERE topic_id = $1 AND position > $2 ORDER BY position", info.Id, position));
    }

    private async Task<(long Position, long AppendTimeMs)> PutAsync(NpgsqlConnection connection, TopicInfo topic, string key, ReadOnlyMemory<byte>? value)
    {
        var (position, appendTime) = await TakeAsync(connection, topic, time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
        await connection.RunAsync("""
            INSERT INTO compacted_record (topic_id, key, value, position, append_time) VALUES ($1, $2, $3::bytea, $4, $5)
            ON CONFLICT (topic_id, key) DO UPDATE SET value = excluded.value, position = excluded.position, append_time = excluded.append_time
            """, topic.Id, key, value, position, appendTime).ConfigureAwait(false);
        return (position, appendTime);
    }

    private static Task<int> LockAsync(NpgsqlConnection connection, TopicInfo topic) =>
        connection.RunAsync("SELECT 1 FROM topic_partition WHERE topic_id = $1 AND partition = 0 FOR UPDATE", topic.Id);

    /// <summary>The counter row is locked before any row is compared: what is newer is decided by one node at a time.</summary>
    private static async Task<int> ImportAsync(NpgsqlConnection connection, TopicInfo topic, IReadOnlyList<ImportedRecord> records)
    {
        await LockAsync(connection, topic).ConfigureAwait(false);
        var changed = 0;
        foreach (var record in records)
        {
            if (!await IsNewerAsync(connection, topic, record).ConfigureAwait(false))
                continue;
            var (position, _) = await TakeAsync(connection, topic, record.SourceTimeMs).ConfigureAwait(false);
            changed += await connection.RunAsync("""
                INSERT INTO compacted_record (topic_id, key, value, position, append_time, source_partition, source_offset) VALUES ($1, $2, $3::bytea, $4, $5, $6, $7)
                ON CONFLICT (topic_id, key) DO UPDATE SET value = excluded.value, position = excluded.position, append_time = excluded.append_time,
                    source_partition = excluded.source_partition, source_offset = excluded.source_offset
                """, topic.Id, record.Key, record.Value, position, record.SourceTimeMs, record.SourcePartition, record.SourceOffset).ConfigureAwait(false);
        }
        return changed;
    }

    private static async Task<bool> IsNewerAsync(NpgsqlConnection connection, TopicInfo topic, ImportedRecord record)
    {
        var known = await connection.ListAsync(r => (TimeMs: r.GetInt64(0), Partition: r.GetInt32(1), Offset: r.GetInt64(2)),
            "SELECT append_time, source_partition, source_offset FROM compacted_record WHERE topic_id = $1 AND key = $2", topic.Id, record.Key).ConfigureAwait(false);
        return known is not [var row]
            || (row.Partition == record.SourcePartition ? record.SourceOffset > row.Offset : record.SourceTimeMs >= row.TimeMs);
    }

    private static async Task<(long Position, long AppendTimeMs)> TakeAsync(NpgsqlConnection connection, TopicInfo topic, long timeMs)
    {
        var taken = await connection.ListAsync(r => (r.GetInt64(0) - 1, r.GetInt64(1)), """
            UPDATE topic_partition SET next_offset = next_offset + 1, append_time = GREATEST(append_time, $1) WHERE topic_id = $2 AND partition = 0 RETURNING next_offset, append_time
            """, timeMs, topic.Id).ConfigureAwait(false);
        return taken is [var row] ? row : throw new InvalidDataException($"The counter row of topic '{topic.Name}' is missing.");
    }
}
