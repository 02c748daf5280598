using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>One partition with its commit row, its decoder, and the routed offsets that the checks compare with.</summary>
internal abstract class SimPartition(World world, PartitionId id, long start)
{
    public PartitionId Id => id;

    public CommitRow? Row { get; private set; }

    /// <summary>Per entity the offsets that the log says it must apply, in order.</summary>
    public Dictionary<string, List<long>> Routed { get; } = [];

    /// <summary>The next offset to be given out.</summary>
    public abstract long End { get; }

    public abstract ReaderBounds Bounds { get; }

    public abstract IReadOnlyList<string> FixedGroups { get; }

    protected World World => world;

    protected long Start => start;

    /// <summary>The reader that owns this partition, on this node.</summary>
    public abstract PartitionOwner NewOwner(int node);

    /// <summary>What is visible now from this offset on, decoded; null when there is nothing.</summary>
    public abstract DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters);

    /// <summary>Rule 4.</summary>
    public CommitRow Claim()
    {
        var row = Row ?? new CommitRow(0, 0, start, PartitionId.NoTime, false, default, default, 0);
        return Row = row with { Epoch = row.Epoch + 1, Serial = 0 };
    }

    /// <summary>Rule 10.</summary>
    public CommitOutcome Commit(CommitRow row)
    {
        var before = Row!;
        if (world.Planted.IsFenced(before, row))
            return CommitOutcome.Fenced;
        world.Checks.Commit(this, before, row);
        Row = row;
        world.Trace?.Invoke($"{id} committed to {row.Position} by epoch {row.Epoch}");
        return CommitOutcome.Committed;
    }

    protected void Route(string entityId, long offset)
    {
        if (!Routed.TryGetValue(entityId, out var offsets))
            Routed.Add(entityId, offsets = []);
        offsets.Add(offset);
    }
}
