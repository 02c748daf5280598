using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The reader of events: each second and after each commit it looks at the rows of all partitions, which say how far the pipeline's time has come (rules 11 and 12).</summary>
internal sealed class EventReader(WindowWorld world, EventPartition source, int node) : SimReader(world, source, node)
{
    private long _watermark = PartitionId.NoTime;
    private long _version;

    protected override TimePolicy Time => world.Windows.Time;

    protected override void Claiming() => _version = world.Plans.KnownOn(Node).Version;

    protected override DecodedChunk? Decode(long from, int recordsMax, long maxEventTime, ReaderCounters counters) => source.Read(from, recordsMax, maxEventTime, counters, _version);

    protected override void Sending(Apply apply) => source.Sent(apply);

    /// <summary>A reader whose pipeline is another one by now drains and ends; the next one runs what its node knows.</summary>
    protected override void OnSecond(ReaderMachine machine)
    {
        if (world.Plans.KnownOn(Node).Version != _version)
            machine.OnStop(World.NowMs);
        Look(machine, rows =>
        {
            var (head, hasEnded) = source.Head;
            if (world.Planted.Rows(rows, machine.Committed) is { } seen)
                machine.OnRows(World.NowMs, seen, head, hasEnded);
            Read();
        });
        machine.OnTick(World.NowMs, new Tick(_watermark, PartitionId.NoTime));
        Read();
    }

    protected override void AfterCommit(ReaderMachine machine) => Look(machine, static _ => { });

    /// <summary>What it learns may be old when it arrives; its own row it knows better. A watermark that rose is told at once.</summary>
    private void Look(ReaderMachine machine, Action<CommitRow?[]> then) => World.Database.Call(this, () => world.Source.Select(p => p.Row).ToArray(), (known, rows) =>
    {
        if (!known || Machine != machine)
            return;
        rows![source.Index] = machine.Committed;
        _watermark = Math.Max(_watermark, world.Planted.Watermark(Time, machine, rows));
        machine.TellTime(_watermark);
        then(rows);
    });
}
