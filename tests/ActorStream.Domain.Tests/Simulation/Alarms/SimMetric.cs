using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a metric's alarms: due rows are written before the event that arms them (rule 27).</summary>
internal sealed class SimMetric(AlarmWorld world, string id, int node) : SimEntity(world, id, node)
{
    private AlarmState Alarms => (AlarmState)Logic.Inner;

    protected override bool MayPassivate => base.MayPassivate && !Alarms.AwaitsSilence;

    protected override Apply Prepare(Apply apply) => World.Planted.DueNoEvent && apply.Tick is { Due.Count: > 0 } tick ? WithoutEvent(apply, tick) : apply;

    protected override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        var rows = Alarms.Due.TakeArms();
        void Write() => base.Journal(checkpoint, snapshot);
        if (rows.Count == 0)
        {
            Write();
        }
        else if (World.Planted.DueAfter)
        {
            this.Write(Machine.Sequence + 1, checkpoint, snapshot, () =>
            {
                World.Database.Call(this, () => world.Due.Arm(Id, rows), static (_, _) => { });
                Acknowledge();
            });
        }
        else
        {
            World.Database.Call(this, () => world.Due.Arm(Id, rows), (known, _) =>
            {
                if (known)
                    Write();
                else
                    Machine.OnJournalFailed("nobody knows whether the due rows were written");
            });
        }
    }

    protected override void AfterInput()
    {
        if (Alarms.Due.TakeDisarms() is { Count: > 0 } rows)
            World.Database.Call(this, () => world.Due.Disarm(Id, rows), static (_, _) => { });
    }

    /// <summary>The planted fault: what is due is decided, but a tick that decides nothing goes without an event.</summary>
    private Apply WithoutEvent(Apply apply, Tick tick)
    {
        if (Machine.IsStopping || apply.Previous > Machine.Applied.GetValueOrDefault(apply.Partition, PartitionId.None))
            return apply with { Tick = null };
        var before = Machine.OutboxCount;
        Logic.Tick(apply.Partition, tick, Machine);
        if (Machine.OutboxCount > before)
        {
            Machine.WriteCheckpoint();
            return apply with { Tick = null };
        }
        // As if an event had been written: rows go without anybody having met the fence.
        if (!Logic.IsDirty)
        {
            Logic.Capture();
            Logic.Journaled();
        }
        return apply with { Tick = null };
    }
}
