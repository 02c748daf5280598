using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;

namespace ActorStream.Hosting.Cluster;

/// <summary>Puts Kafka over a node's storage where its settings say so.</summary>
public static class KafkaJoin
{
    /// <exception cref="StorageRefusedException">Kafka's client refuses a setting; the storage beneath is closed then.</exception>
    public static async Task<INodeStorage> WithKafkaAsync(this INodeStorage storage, NodeSettings settings, TimeProvider time)
    {
        if (settings.Kafka is not { } kafka)
            return storage;
        try
        {
            return KafkaStorage.Open(storage, OptionsOf(settings, kafka), time);
        }
        catch (StorageRefusedException)
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    private static KafkaOptions OptionsOf(NodeSettings settings, KafkaSettings kafka) => new(
        string.Join(',', kafka.Servers), kafka.Client, PartitionerOf(kafka.Partitioner), kafka.MetricsTopic, kafka.RulesTopic,
        $"actorstream-{settings.ClusterName}-alarms", $"actorstream-{settings.ClusterName}-{NodeNameOf(settings)}", settings.Metrics.Partitions) { SinkPrefix = $"actorstream-{settings.ClusterName}" };

    private static KafkaPartitioner PartitionerOf(string name) => name switch
    {
        "ours" => KafkaPartitioner.Ours,
        "consistent_random" => KafkaPartitioner.ConsistentRandom,
        _ => KafkaPartitioner.Murmur2Random,
    };

    /// <summary>The same after a restart; a node with any free port has no name, and leaves its last transaction to the broker's patience.</summary>
    private static string NodeNameOf(NodeSettings settings) =>
        settings.Remoting.Port == 0 ? Guid.NewGuid().ToString("N") : $"{settings.Remoting.PublicHost.Trim('[', ']').Replace(':', '_')}-{settings.Remoting.Port}";
}
