using System.Collections.Concurrent;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>Where a topic lives, and what it is. Any thread.</summary>
internal sealed class TopicCatalog(StorageOptions options, SqliteFile topics, SqliteFile state)
{
    private readonly ConcurrentDictionary<string, TopicInfo> _known = new(StringComparer.Ordinal);

    public SqliteFile FileOf(string topic) => options.InternalTopics.Contains(topic) ? state : topics;

    /// <exception cref="InvalidOperationException">There is no such topic.</exception>
    public TopicInfo Get(string topic)
    {
        if (_known.TryGetValue(topic, out var info))
            return info;
        info = FileOf(topic).Read(session => Find(session, topic))
            ?? throw new InvalidOperationException($"Topic '{topic}' does not exist in {FileOf(topic).Name}. Topics are made from the configuration when a node starts.");
        return _known[topic] = info;
    }

    /// <exception cref="InvalidOperationException">There is no such topic, or it is of the other kind.</exception>
    public TopicInfo Get(string topic, TopicKind kind)
    {
        var info = Get(topic);
        return info.Kind == kind ? info : throw new InvalidOperationException($"Topic '{topic}' is {info.Kind}; this call is for {kind}.");
    }

    public static TopicInfo? Find(SqliteSession session, string topic)
    {
        using var row = session.Sql("SELECT id, kind, incarnation, partitions FROM topic WHERE name = ?").Bind(topic);
        return row.Step() ? new TopicInfo(row.Int64(0), topic, (TopicKind)row.Int32(1), row.Int32(2), row.Int32(3)) : null;
    }
}
