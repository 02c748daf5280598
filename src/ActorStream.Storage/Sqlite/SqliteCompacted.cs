using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>A row per key; positions come from the counter row of partition 0.</summary>
internal sealed class SqliteCompacted(TopicCatalog catalog, SqliteTopics topics, TimeProvider time) : ICompactedTopic
{
    public async Task<(long Position, long AppendTimeMs)> PutAsync(string topic, string key, ReadOnlyMemory<byte>? value, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var put = await catalog.FileOf(topic).WriteAsync(session => Put(session, info, key, value), cancel, value?.Length ?? 0).ConfigureAwait(false);
        topics.Tell(topic, 0, put.Position + 1);
        return put;
    }

    public async Task<(long Position, long AppendTimeMs)?> PutIfAtAsync(string topic, string key, ReadOnlyMemory<byte>? value, long position, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var put = await catalog.FileOf(topic)
            .WriteAsync(session => (PositionOf(session, info, key) ?? PartitionId.None) == position ? Put(session, info, key, value) : ((long Position, long AppendTimeMs)?)null, cancel, value?.Length ?? 0).ConfigureAwait(false);
        if (put is { } done)
            topics.Tell(topic, 0, done.Position + 1);
        return put;
    }

    public async Task<int> ImportAsync(string topic, IReadOnlyList<ImportedRecord> records, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        var changed = await catalog.FileOf(topic).WriteAsync(session => records.Count(r => Import(session, info, r)), cancel, records.Sum(r => r.Value?.Length ?? 0)).ConfigureAwait(false);
        if (changed > 0)
            topics.Tell(topic, 0, topics.StateOf(topic, 0).Head);
        return changed;
    }

    public IReadOnlyList<CompactedRecord> ChangesAfter(string topic, long position)
    {
        var info = catalog.Get(topic, TopicKind.Compacted);
        return catalog.FileOf(topic).Read(session => Changes(session, info, position));
    }

    private (long Position, long AppendTimeMs) Put(SqliteSession session, TopicInfo topic, string key, ReadOnlyMemory<byte>? value)
    {
        var appendTime = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), TopicRows.LastAppendTimeOf(session, topic));
        var position = TopicRows.TakeOffsets(session, topic, 0, 1, appendTime);
        var insert = session.Sql("""
            INSERT INTO compacted_record (topic_id, key, value, position, append_time) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (topic_id, key) DO UPDATE SET value = excluded.value, position = excluded.position, append_time = excluded.append_time
            """).Bind(topic.Id).Bind(key);
        (value is { } bytes ? insert.Bind(bytes.Span) : insert.BindNull()).Bind(position).Bind(appendTime).Run();
        return (position, appendTime);
    }

    private static long? PositionOf(SqliteSession session, TopicInfo topic, string key)
    {
        using var row = session.Sql("SELECT position FROM compacted_record WHERE topic_id = ? AND key = ?").Bind(topic.Id).Bind(key);
        return row.Step() ? row.Int64(0) : null;
    }

    private static bool Import(SqliteSession session, TopicInfo topic, ImportedRecord record)
    {
        if (!IsNewer(session, topic, record))
            return false;
        var position = TopicRows.TakeOffsets(session, topic, 0, 1, Math.Max(record.SourceTimeMs, TopicRows.LastAppendTimeOf(session, topic)));
        var insert = session.Sql("""
            INSERT OR REPLACE INTO compacted_record (topic_id, key, value, position, append_time, source_partition, source_offset) VALUES (?, ?, ?, ?, ?, ?, ?)
            """).Bind(topic.Id).Bind(record.Key);
        (record.Value is { } bytes ? insert.Bind(bytes.Span) : insert.BindNull()).Bind(position).Bind(record.SourceTimeMs).Bind(record.SourcePartition).Bind(record.SourceOffset).Run();
        return true;
    }

    private static bool IsNewer(SqliteSession session, TopicInfo topic, ImportedRecord record)
    {
        using var row = session.Sql("SELECT append_time, source_partition, source_offset FROM compacted_record WHERE topic_id = ? AND key = ?").Bind(topic.Id).Bind(record.Key);
        if (!row.Step())
            return true;
        return row.Int64(1) == record.SourcePartition
            ? record.SourceOffset > row.Int64(2)
            : record.SourceTimeMs >= row.Int64(0);
    }

    private static List<CompactedRecord> Changes(SqliteSession session, TopicInfo topic, long position)
    {
        var changes = new List<CompactedRecord>();
        using var row = session.Sql("SELECT key, value, position, append_time FROM compacted_record WHERE topic_id = ? AND position > ? ORDER BY position").Bind(topic.Id).Bind(position);
        while (row.Step())
            changes.Add(new CompactedRecord(row.Text(0), row.IsNull(1) ? (ReadOnlyMemory<byte>?)null : row.Blob(1), row.Int64(2), row.Int64(3)));
        return changes;
    }
}
