using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a <see cref="ReaderMachine"/>, as the reader's stream is in the product: claims, reads, sends, commits, starts again.</summary>
internal sealed class SimReader : SimActor, IReaderEffects
{
    private readonly SimPartition _partition;
    private ReaderMachine? _machine;
    private IReaderEffects? _effects;
    private int _life;
    private long _maxEventTime;
    private ReaderCounters _counters;

    public SimReader(World world, SimPartition partition, int node)
        : base(world, node, $"reader {partition.Id} #{world.NextSerial()}")
    {
        _partition = partition;
        World.Trace?.Invoke($"{Name} starts on node {node}");
        Claim();
        Every(World.StepsPerSecond, EachSecond);
    }

    public SimPartition Partition => _partition;

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
        var entity = World.Cluster.Route(Node, apply.EntityId);
        World.Transport.Send(this, entity, () => entity!.Receive(this, apply));
    }

    void IReaderEffects.Commit(CommitRow row)
    {
        var life = _life;
        World.Database.Call(this, () => _partition.Commit(row), (known, outcome) =>
        {
            if (life == _life)
                _machine?.OnCommitted(known ? outcome : CommitOutcome.Unknown);
        });
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
        World.Database.Call(this, _partition.Claim, (known, row) =>
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
        _maxEventTime = row.MaxEventTime;
        _counters = row.Counters;
        _effects = World.Planted.Around(this, () => _machine!);
        _machine = new ReaderMachine(_partition.Id, row, _partition.Bounds, _partition.FixedGroups, _effects);
        Read();
    }

    private void Read()
    {
        if (_machine is not { WantsChunk: true } machine)
            return;
        var chunk = _partition.Read(machine.Next, World.Random.Between(1, World.Settings.ChunkRecordsMax), _maxEventTime, _counters);
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

    private void EachSecond()
    {
        _machine?.OnTick(World.NowMs, Tick.Nothing);
        Read();
        if (_machine is { } machine && _partition is SourcePartition source && source.IsAtHead(machine.Next))
            TickWhatIsDue(machine, source.HeadTimeMs);
    }

    private void TickWhatIsDue(ReaderMachine machine, long headTimeMs)
    {
        var due = World.Due.DueAt(_partition.Id, headTimeMs);
        var tick = new Tick(PartitionId.NoTime, headTimeMs);
        if (!World.Planted.DueInFlight)
        {
            machine.OnDue(World.NowMs, due, tick);
            return;
        }
        foreach (var (entity, series) in due)
            _effects!.Send(new Apply(entity, _partition.Id, machine.Committed.Epoch, PartitionId.None, [], tick with { Due = series }));
    }
}
