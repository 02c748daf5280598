using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A sink with transactions, as a SQL table is one: a reader whose entity is the outside (rule 29). A write whose outcome is unknown makes it claim its row again.</summary>
internal sealed class SimSink : PartitionOwner
{
    private readonly ResultPartition _partition;
    private CommitRow? _row;
    private bool _isBusy;

    public SimSink(World world, ResultPartition partition, int node)
        : base(world, partition, node, $"sink {partition.Id} #{world.NextSerial()}")
    {
        _partition = partition;
        World.Trace?.Invoke($"{Name} starts on node {node}");
        Every(World.StepsPerSecond, Write);
    }

    public override void Retire() => Kill("stopped as planned");

    private void Write()
    {
        if (_isBusy)
            return;
        if (_row is null)
        {
            Ask(_partition.Claim, claimed => _row = claimed);
            return;
        }
        var (epoch, from) = (_row.Epoch, _row.Position);
        var rows = _partition.Visible(from, World.Random.Between(1, _partition.RowsMax));
        if (rows.Count == 0)
            return;
        Ask(() => _partition.WriteRows(epoch, from, rows), outcome =>
        {
            if (!World.Planted.SinkPositionApart || outcome == CommitOutcome.Fenced)
                Moved(outcome, from + rows.Count);
            else
                Ask(() => _partition.MoveTo(epoch, from, rows.Count), moved => Moved(moved, from + rows.Count));
        });
    }

    private void Moved(CommitOutcome outcome, long position)
    {
        if (outcome == CommitOutcome.Fenced)
            Kill($"another sink owns {_partition.Id}");
        else
            _row = _row! with { Position = position };
    }

    private void Ask<T>(Func<T> run, Action<T> then)
    {
        _isBusy = true;
        World.Database.Call(this, run, (known, result) =>
        {
            _isBusy = false;
            if (known)
                then(result!);
            else
                _row = null;
        });
    }
}
