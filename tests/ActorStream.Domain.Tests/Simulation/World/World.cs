using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>
/// One seed, one world: the product's reader and entity machines on three nodes, with everything round them in memory and unreliable.
/// Single-threaded; all chance comes from the seed, so a seed always tells the same story.
/// </summary>
/// <remarks>
/// Source topic -> readers -> an entity per metric -> topic <c>alarms</c> -> readers -> two notice groups -> a receiver that knows no ids.
/// Faults happen up to <see cref="WorldSettings.FaultsEnd"/>; then the world must come to rest and hold every promise (<see cref="Checks"/>).
/// </remarks>
internal sealed class World
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

    public World(long seed, PlantedFault fault = PlantedFault.None, Action<string>? trace = null)
    {
        Trace = trace is null ? null : line => trace($"{Now,6} {line}");
        Random = new SimRandom(seed);
        Settings = new WorldSettings(Random);
        Planted = new Planted(this, fault);
        Journal = Planted.NewJournal();
        Topic = Planted.NewTopic(Settings.AlarmPartitions);
        Rules = new SimRules(Random, Settings.Metrics, Settings.StaleAfterMs);
        Source = SourceLog.Make(this);
        Partitions = [.. Source, .. Topic.Partitions];
        Transport = new Transport(this);
        Due = new SimDue(this);
        Database = new Database(this);
        Checks = new Checks(this);
        Receiver = new Receiver(this);
        Cluster = new Cluster(this);
        Cluster.Start();
        new Faults(this).Schedule();
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

    public SimTopic Topic { get; }

    public SimRules Rules { get; }

    public IReadOnlyList<SourcePartition> Source { get; }

    public IReadOnlyList<SimPartition> Partitions { get; }

    public Transport Transport { get; }

    public SimDue Due { get; }

    public Database Database { get; }

    public Checks Checks { get; }

    public Receiver Receiver { get; }

    public Cluster Cluster { get; }

    public HashSet<(PartitionId Partition, long Offset)> DeadLetters { get; } = [];

    public bool VisibleOutOfOrder => Planted.VisibleOutOfOrder;

    public IReadOnlyList<string> NoticeGroups { get; } = ["notices-0", "notices-1"];

    public static string MetricName(int metric) => SimRules.MetricName(metric);

    public int NoticeGroupIndexOf(AlarmRecord alarm) => Webhook.GroupOf(alarm.WebhookUrl, NoticeGroups.Count);

    public string NoticeGroupOf(AlarmRecord alarm) => NoticeGroups[NoticeGroupIndexOf(alarm)];

    public int NextSerial() => ++_serial;

    public void At(long steps, Action run) => _events.Enqueue(run, ((Now + steps) << 32) | ++_order);

    /// <summary>Some appends become visible later than those after them; a reader must wait for them.</summary>
    public int TakeVisibleDelay() => Random.Chance(0.1) ? VisibleDelayMax : 0;

    /// <summary>The product's states, each with a ledger round it.</summary>
    public LedgerLogic NewLogic(string entityId, bool isFixedGroup) =>
        new(isFixedGroup ? new NoticeState(Settings.Notices, Random.Share) : new AlarmState(entityId, Rules), Planted.NoSilenceBySample);

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
}
