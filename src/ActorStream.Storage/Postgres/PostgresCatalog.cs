using System.Collections.Concurrent;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>What a topic is. Any thread.</summary>
internal sealed class PostgresCatalog(PostgresDatabase database)
{
    private readonly ConcurrentDictionary<string, TopicInfo> _known = new(StringComparer.Ordinal);

    /// <summary>It was met before as a topic of batches.</summary>
    public bool Knows(string topic) => _known.TryGetValue(topic, out var info) && info.Kind == TopicKind.Batches;

    /// <exception cref="InvalidOperationException">There is no such topic.</exception>
    public TopicInfo Get(string topic) => _known.GetOrAdd(topic, name => database.Read(connection => Find(connection, name))
        ?? throw new InvalidOperationException($"Topic '{name}' does not exist in the database. Topics are made when a node starts, and with the pipeline that needs them."));

    /// <exception cref="InvalidOperationException">There is no such topic, or it is of the other kind.</exception>
    public TopicInfo Get(string topic, TopicKind kind)
    {
        var info = Get(topic);
        return info.Kind == kind ? info : throw new InvalidOperationException($"Topic '{topic}' is {info.Kind}; this call is for {kind}.");
    }

    public static TopicInfo? Find(NpgsqlConnection connection, string topic) => connection.List(
        r => new TopicInfo(r.GetInt64(0), topic, (TopicKind)r.GetInt32(1), r.GetInt32(2), r.GetInt32(3)),
        "SELECT id, kind, incarnation, partitions FROM topic WHERE name = $1", topic).SingleOrDefault();
}
