using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Nodes;

/// <summary>Keeper to reader, each 5 s: start if you are not running.</summary>
public sealed record EnsureReader(string EntityId) : IEntityMessage;

/// <summary>A topic to its readers: a partition has a new head. A hint that may be lost; a poll is the fallback.</summary>
public sealed record PartitionAppended(string EntityId, long Head) : IEntityMessage;

/// <summary>Asks any entity what it knows; answered by <see cref="Report"/>.</summary>
public sealed record DescribeEntity(string EntityId) : IEntityMessage;

/// <summary>Asks a metric's entity why one of its rules is or is not firing; answered by <see cref="Report"/>.</summary>
/// <param name="EntityId">The metric.</param>
/// <param name="Series">Null: every series that is known.</param>
public sealed record ExplainRule(string EntityId, Guid RuleId, SeriesKey? Series) : IEntityMessage;

/// <summary>Asks a window group for the windows it holds, first by start; answered by <see cref="Report"/>.</summary>
/// <param name="Limit">At most so many.</param>
public sealed record DescribeWindows(string EntityId, int Limit) : IEntityMessage;

/// <summary>Node to node: asks the agent of another node; answered by <see cref="Report"/>.</summary>
/// <param name="Kind">A word of the agent's protocol: <c>node</c>, <c>shards</c>, <c>pipelines</c>.</param>
public sealed record NodeQuery(string Kind, string Argument);

/// <summary>An answer for people: JSON, versioned by its members alone.</summary>
public sealed record Report(string Json);

/// <summary>The last message of a sharded entity: drain, then stop. Sent by its shard at hand-over and shutdown.</summary>
public sealed class StopEntity
{
    public static readonly StopEntity Instance = new();

    private StopEntity()
    {
    }
}
