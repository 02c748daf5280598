using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The reader of samples: at the head of the log it tells entities which of their series are due (rule 27).</summary>
internal sealed class MetricReader(AlarmWorld world, SourcePartition source, int node) : SimReader(world, source, node)
{
    protected override void OnSecond(ReaderMachine machine)
    {
        base.OnSecond(machine);
        if (Machine is { } living && source.IsAtHead(living.Next))
            TickWhatIsDue(living, source.HeadTimeMs);
    }

    private void TickWhatIsDue(ReaderMachine machine, long headTimeMs)
    {
        var due = world.Due.DueAt(Partition.Id, headTimeMs);
        var tick = new Tick(PartitionId.NoTime, headTimeMs);
        if (!World.Planted.DueInFlight)
        {
            machine.OnDue(World.NowMs, due, tick);
            return;
        }
        foreach (var (entity, series) in due)
            Effects.Send(new Apply(entity, Partition.Id, machine.Committed.Epoch, PartitionId.None, [], tick with { Due = series }));
    }
}
