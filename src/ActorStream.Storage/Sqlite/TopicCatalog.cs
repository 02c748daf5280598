using System.Collections.Concurrent;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>Where a topic lives, and what it is. Any thread.</summary>
internal sealed class TopicCatalog(StorageOptions options, SqliteFile topics, SqliteFile state)
{
    private readonly ConcurrentDictionary<string, (TopicInfo Info, SqliteFile File)> _known = new(StringComparer.Ordinal);

    public SqliteFile Topics => topics;

    public SqliteFile State => state;

    /// <exception cref="InvalidOperationException">There is no such topic.</exception>
    public SqliteFile FileOf(string topic) => Known(topic).File;

    /// <exception cref="InvalidOperationException">There is no such topic.</exception>
    public TopicInfo Get(string topic) => Known(topic).Info;

    /// <exception cref="InvalidOperationException">There is no such topic, or it is of the other kind.</exception>
    public TopicInfo Get(string topic, TopicKind kind)
    {
        var info = Get(topic);
        return info.Kind == kind ? info : throw new InvalidOperationException($"Topic '{topic}' is {info.Kind}; this call is for {kind}.");
    }

    /// <summary>Null: there is no such topic in either file.</summary>
    public SqliteFile? Find(string topic)
    {
        if (_known.TryGetValue(topic, out var known))
            return known.File;
        if (Look(topic) is not { } found)
            return null;
        _known[topic] = found;
        return found.File;
    }

    public static TopicInfo? Find(SqliteSession session, string topic)
    {
        using var row = session.Sql("SELECT id, kind, incarnation, partitions FROM topic WHERE name = ?").Bind(topic);
        return row.Step() ? new TopicInfo(row.Int64(0), topic, (TopicKind)row.Int32(1), row.Int32(2), row.Int32(3)) : null;
    }

    private (TopicInfo Info, SqliteFile File) Known(string topic)
    {
        if (_known.TryGetValue(topic, out var known))
            return known;
        return _known[topic] = Look(topic)
            ?? throw new InvalidOperationException($"Topic '{topic}' does not exist in {topics.Name} or {state.Name}. Topics are made when a node starts, and with the pipeline that needs them.");
    }

    /// <summary>What the options name as internal is in <c>state.db</c> whatever else is there; any other topic is where it was made.</summary>
    private (TopicInfo Info, SqliteFile File)? Look(string topic)
    {
        SqliteFile[] places = options.InternalTopics.Contains(topic) ? [state] : [topics, state];
        foreach (var file in places)
        {
            if (file.Read(session => Find(session, topic)) is { } info)
                return (info, file);
        }
        return null;
    }
}
