using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Cluster.Sharding;

namespace ActorStream.Hosting.Cluster;

/// <summary>Entity and shard of a message. The shard is a stable hash of the id, the same on every node and for ever: changing it needs a full stop of the cluster.</summary>
/// <remarks>Never throws: Akka's own <c>HashCodeMessageExtractor</c> overflows on one id in four billion and restarts the whole region.</remarks>
public sealed class StableShards(int shards) : IMessageExtractor
{
    public string? EntityId(object message) => message is IEntityMessage { EntityId.Length: > 0 } m ? m.EntityId : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => EntityId(message) is { } id ? ShardId(id) : null;

    public string ShardId(string entityId, object? messageHint = null) => StableHash.Bucket(entityId, shards).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
