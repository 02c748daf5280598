using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a <see cref="ReaderMachine"/>, as the reader's stream is in the product: claims, reads, sends, commits, starts again.</summary>
internal class SimReader : PartitionOwner, IReaderEffects
{
    private ReaderMachine? _machine;
    private IReaderEffects? _effects;
    private int _life;
    private long _maxEventTime = PartitionId.NoTime;
    private ReaderCounters _counters;

    public SimReader(World world, SimPartition partition, int node)
        : base(world, partition, node, $"reader {partition.Id} #{world.NextSerial()}")
    {
        World.Trace?.Invoke($"{Name} starts on node {node}");
        Claim();
        Every(World.StepsPerSecond, EachSecond);
    }

    public override void Retire()
    {
        if (_machine is { } machine)
            machine.OnStop(World.NowMs);
        else
            Kill("stopped before it began");
    }

    public void OnAnswer(Answer answer)
    {
        if (_machine is not { } machine)
            return;
        machine.OnAnswer(World.Planted.Seen(_effects!, answer));
        if (World.Settings.CommitsOnAnswer)
            machine.TryCommit();
    }

    void IReaderEffects.Send(Apply apply)
    {
        Sending(apply);
        var entity = World.Cluster.Route(Node, apply.EntityId);
        World.Transport.Send(this, entity, () => entity!.Receive(this, apply));
    }

    void IReaderEffects.Commit(CommitRow row)
    {
        var life = _life;
        World.Database.Call(this, () => Partition.Commit(row), (known, outcome) =>
        {
            if (life != _life)
                return;
            if (!known && row.Idle && World.Planted.RaiseRecomputed)
                ForgetRaise(row);
            else
                OnCommitted(known ? outcome : CommitOutcome.Unknown);
        });
    }

    private void OnCommitted(CommitOutcome outcome)
    {
        if (_machine is not { } machine)
            return;
        machine.OnCommitted(outcome);
        if (outcome == CommitOutcome.Committed)
            AfterCommit(machine);
    }

    void IReaderEffects.Restart(string reason)
    {
        World.Restarts++;
        StartAgain(reason);
    }

    void IReaderEffects.Stop(string reason) => Kill(reason);

    private void Claim()
    {
        var life = ++_life;
        _machine = null;
        Claiming();
        World.Database.Call(this, Partition.Claim, (known, row) =>
        {
            if (life != _life)
                return;
            if (known)
                Load(row!);
            else
                StartAgain("claim failed");
        });
    }

    private void StartAgain(string reason)
    {
        World.Trace?.Invoke($"{Name} starts again: {reason}");
        _life++;
        _machine = null;
        World.At(World.Random.Pick(2, 10, World.Faulty ? 60 : 10), () => Take(Claim));
    }

    private void Load(CommitRow row)
    {
        World.Trace?.Invoke($"{Name} reads from {row.Position} in epoch {row.Epoch}");
        _maxEventTime = World.Planted.WatermarkNotReloaded ? Math.Max(_maxEventTime, row.MaxEventTime) : row.MaxEventTime;
        _counters = row.Counters;
        _effects = World.Planted.Around(this, () => _machine!);
        _machine = NewMachine(row);
        Read();
    }

    private ReaderMachine NewMachine(CommitRow row) => new(Partition.Id, row, Partition.Bounds, Partition.FixedGroups, _effects!, Time);

    /// <summary>The planted fault: a raise whose answer was lost is as if it had never been asked for; nothing else is under way then.</summary>
    private void ForgetRaise(CommitRow raise) => _machine = NewMachine(_machine!.Committed with { Serial = raise.Serial });

    protected void Read()
    {
        if (_machine is not { WantsChunk: true } machine)
            return;
        // The next record's watermark stands on what the partition was raised to.
        _maxEventTime = Math.Max(_maxEventTime, machine.MaxEventTime);
        var chunk = Decode(machine.Next, World.Random.Between(1, World.Settings.ChunkRecordsMax), _maxEventTime, _counters);
        if (chunk is null)
            return;
        _maxEventTime = chunk.MaxEventTime;
        _counters = chunk.Counters;
        machine.OnChunk(chunk);
        var life = _life;
        World.At(1, () => Take(() =>
        {
            if (life == _life)
                Read();
        }));
    }

    /// <summary>Null while its row is being claimed.</summary>
    protected ReaderMachine? Machine => _machine;

    protected IReaderEffects Effects => _effects!;

    protected virtual TimePolicy? Time => null;

    /// <summary>It begins, or begins again.</summary>
    protected virtual void Claiming()
    {
    }

    protected virtual DecodedChunk? Decode(long from, int recordsMax, long maxEventTime, ReaderCounters counters) => Partition.Read(from, recordsMax, maxEventTime, counters);

    /// <summary>An Apply on its way out.</summary>
    protected virtual void Sending(Apply apply)
    {
    }

    /// <summary>The ticks that the shell gives each second, and whatever else it does then.</summary>
    protected virtual void OnSecond(ReaderMachine machine)
    {
        machine.OnTick(World.NowMs, Tick.Nothing);
        Read();
    }

    /// <summary>An own commit is acknowledged.</summary>
    protected virtual void AfterCommit(ReaderMachine machine)
    {
    }

    private void EachSecond()
    {
        if (_machine is { } machine)
            OnSecond(machine);
    }
}
