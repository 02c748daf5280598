using System.Collections.Immutable;
using System.Text.Json;
using ActorStream.Domain.Nodes;
using ActorStream.Hosting.Cluster;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorStream.Hosting.Nodes;

/// <summary>Answers for its node: who it is, and which shards and entities it holds. Lives at <c>/user/node-agent</c> of every node.</summary>
public sealed class NodeAgentActor : ReceiveActor, IWithTimers
{
    public const string Name = "node-agent";
    public const string AskNode = "node";
    public const string AskShards = "shards";
    public const string AskPipelines = "pipelines";

    /// <summary>The argument is a reader group.</summary>
    public const string AskReaders = "readers";

    private static readonly TimeSpan RegionTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(10);

    public NodeAgentActor(NodeIdentity identity, IReadOnlyDictionary<string, IActorRef> regions, NodeParts parts)
    {
        var (metrics, pipelines) = (parts.Metrics, parts.PipelineTelemetry);
        ReceiveAsync<CountNow>(async _ => metrics.ShardsCounted(await CountAsync(regions)));
        ReceiveAsync<NodeQuery>(async query =>
        {
            var asker = Sender;
            asker.Tell(query.Kind switch
            {
                AskNode => new Report(JsonSerializer.Serialize(new NodeReport(identity, await CountAsync(regions)))),
                AskShards => new Report(JsonSerializer.Serialize(await ShardsAsync(regions, query.Argument))),
                AskReaders => new Report(JsonSerializer.Serialize(ReadersOf(parts, query.Argument))),
                AskPipelines => new Report(JsonSerializer.Serialize(pipelines.Reports)),
                _ => new Report("null"),
            });
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeIdentity identity, IReadOnlyDictionary<string, IActorRef> regions, NodeParts parts) =>
        Akka.Actor.Props.Create(() => new NodeAgentActor(identity, regions, parts));

    /// <summary>The first count at once: a scrape of a young node finds the metric.</summary>
    protected override void PreStart() => Timers.StartPeriodicTimer("count", new CountNow(), TimeSpan.Zero, CountEvery);

    private static async Task<Dictionary<string, int>> CountAsync(IReadOnlyDictionary<string, IActorRef> regions)
    {
        var counts = new Dictionary<string, int>();
        foreach (var (type, _) in regions)
        {
            if (await ShardsAsync(regions, type) is { } shards)
                counts[type] = shards.Length;
        }
        return counts;
    }

    /// <summary>Null when the region did not answer in time: unknown, not empty.</summary>
    private static async Task<ShardReport[]?> ShardsAsync(IReadOnlyDictionary<string, IActorRef> regions, string type)
    {
        if (!regions.TryGetValue(type, out var region))
            return [];
        try
        {
            var state = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, RegionTimeout);
            return [.. state.Shards.Select(s => new ShardReport(s.ShardId, [.. s.EntityIds.Take(ShardReport.EntitiesMax)], s.EntityIds.Count()))];
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>The position first: a reader that is not there was ended by what the view holds by then, or was there before it.</summary>
    private static ReadersReport ReadersOf(NodeParts parts, string group)
    {
        var position = parts.Pipelines.Current.Position;
        return new ReadersReport(position, [.. parts.Readers.Local.Running.Where(r => r.Partition.Group == group).Select(r => r.Partition.ReaderId)]);
    }

    private sealed record CountNow : INoSerializationVerificationNeeded;
}

/// <summary>What is true of a node from start to end.</summary>
public sealed record NodeIdentity(string Address, string? HttpUrl, string? Management, int ProcessId);

/// <param name="Position">Of the node's view of the pipelines.</param>
/// <param name="Readers">Of the group asked for, that run there.</param>
public sealed record ReadersReport(long Position, ImmutableArray<string> Readers);

/// <param name="Shards">Per type; a type whose region did not answer is missing.</param>
public sealed record NodeReport(NodeIdentity Node, Dictionary<string, int>? Shards);

/// <param name="EntityIds">At most <see cref="EntitiesMax"/>; <paramref name="Entities"/> is exact.</param>
public sealed record ShardReport(string ShardId, ImmutableArray<string> EntityIds, int Entities)
{
    public const int EntitiesMax = 1_000;
}
