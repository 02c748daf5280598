using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A partition of the results topic and the table that a sink writes of it.</summary>
internal sealed class ResultPartition(WindowWorld world, PartitionId id) : TopicPartition(world, id)
{
    public override ReaderBounds Bounds => throw new NotSupportedException("A sink has no bounds.");

    public override IReadOnlyList<string> FixedGroups => [];

    /// <summary>What the sink's table holds, in order of its rows.</summary>
    public List<TopicRecord> Table { get; } = [];

    /// <summary>Of one write; a join gives many rows, and the sink is to come to rest too.</summary>
    public int RowsMax => world.Settings.ChunkRecordsMax * (world.Windows.Join is null ? 1 : 20);

    public override PartitionOwner NewOwner(int node) => new SimSink(world, this, node);

    public override DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters) => throw new NotSupportedException("A sink does not decode.");

    /// <summary>What is visible from this offset on.</summary>
    public List<TopicRecord> Visible(long from, int recordsMax)
    {
        var visible = new List<TopicRecord>();
        for (var offset = (int)from; offset < Records.Count && visible.Count < recordsMax && Records[offset].VisibleAt <= World.Now; offset++)
            visible.Add(Records[offset]);
        return visible;
    }

    /// <summary>Rule 29, one transaction: rows and position, if the position still is where the writer started.</summary>
    public CommitOutcome WriteRows(long epoch, long from, List<TopicRecord> rows)
    {
        if (Row!.Epoch != epoch || Row.Position != from)
            return CommitOutcome.Fenced;
        Table.AddRange(rows);
        World.Trace?.Invoke($"sink of {Id} writes {from} to {from + rows.Count - 1}");
        if (!World.Planted.SinkPositionApart)
            MoveTo(epoch, from, rows.Count);
        return CommitOutcome.Committed;
    }

    public CommitOutcome MoveTo(long epoch, long from, int count) => Row!.Epoch == epoch && Row.Position == from ? Commit(Row with { Serial = Row.Serial + 1, Position = from + count }) : CommitOutcome.Fenced;
}
