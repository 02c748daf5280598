using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>
/// One seed, one world: the product's reader and entity machines on three nodes, with everything round them in memory and unreliable.
/// Single-threaded; all chance comes from the seed, so a seed always tells the same story.
/// </summary>
/// <remarks>Faults happen up to <see cref="WorldSettings.FaultsEnd"/>; then the world must come to rest and hold every promise (<see cref="Checks"/>).</remarks>
internal abstract class World
{
    public const int MsPerStep = 50;
    public const int StepsPerSecond = 20;
    public const int VisibleDelayMax = 60;
    private const int RestSteps = 15_000;
    private const int EventsMax = 400_000;
    private const int ChecksRestEach = 60;

    private readonly PriorityQueue<Action, long> _events = new();
    private long _order;
    private int _serial;

    protected World(long seed, PlantedFault fault, Action<string>? trace)
    {
        Trace = trace is null ? null : line => trace($"{Now,6} {line}");
        Random = new SimRandom(seed);
        Settings = new WorldSettings(Random);
        Planted = new Planted(this, fault);
        Journal = Planted.NewJournal();
        Transport = new Transport(this);
        Database = new Database(this);
        Cluster = new Cluster(this);
    }

    public long Now { get; private set; }

    public long NowMs => Now * MsPerStep;

    public bool Faulty { get; set; } = true;

    /// <summary>Readers that started again because of an anomaly.</summary>
    public int Restarts { get; set; }

    /// <summary>Recoveries that found a gap and began anew.</summary>
    public int RecoveredAgain { get; set; }

    public int Events { get; private set; }

    public Action<string>? Trace { get; }

    public SimRandom Random { get; }

    public WorldSettings Settings { get; }

    public Planted Planted { get; }

    public SimJournal Journal { get; }

    public Transport Transport { get; }

    public Database Database { get; }

    public Cluster Cluster { get; }

    public HashSet<(PartitionId Partition, long Offset)> DeadLetters { get; } = [];

    /// <summary>All that are read, of whatever topic.</summary>
    public abstract IReadOnlyList<SimPartition> Partitions { get; }

    /// <summary>What the entities append to.</summary>
    public abstract SimTopic Topic { get; }

    /// <summary>Entities that their readers tick for ever.</summary>
    public abstract IReadOnlyList<string> FixedGroups { get; }

    public abstract Checks Checks { get; }

    public bool VisibleOutOfOrder => Planted.VisibleOutOfOrder;

    public abstract SimEntity NewEntity(string id, int node);

    /// <summary>The product's states, each with a ledger round it.</summary>
    public abstract LedgerLogic NewLogic(string id);

    public int NextSerial() => ++_serial;

    public void At(long steps, Action run) => _events.Enqueue(run, ((Now + steps) << 32) | ++_order);

    /// <summary>Some appends become visible later than those after them; a reader must wait for them.</summary>
    public int TakeVisibleDelay() => Random.Chance(0.1) ? VisibleDelayMax : 0;

    /// <summary>Runs to the end. Throws <see cref="BrokenPromiseException"/> with what was broken.</summary>
    public void Run()
    {
        var nextRestCheck = 0L;
        while (_events.TryDequeue(out var run, out var priority))
        {
            Now = priority >> 32;
            Events++;
            run();
            if (Faulty || Now < nextRestCheck)
                continue;
            nextRestCheck = Now + ChecksRestEach;
            if (Checks.Unrest() is not { } unrest)
                break;
            if (Now > RestSteps || Events > EventsMax)
                throw new BrokenPromiseException($"does not come to rest: {unrest}");
        }
        Checks.End();
    }

    /// <summary>Called last, when the world is furnished.</summary>
    protected void Start()
    {
        Cluster.Start();
        new Faults(this).Schedule();
    }
}
