using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What differs from seed to seed besides the log and the moments of faults: every seed has its own mix ("swarm testing", Groce et al. 2012).</summary>
internal sealed class WorldSettings
{
    public const int Nodes = 3;

    public WorldSettings(SimRandom random)
    {
        Metrics = random.Between(SimRules.OrderedMetrics + 1, 4);
        SourcePartitions = random.Between(1, 3);
        AlarmPartitions = random.Between(1, 2);
        DropShare = random.Pick(0, 0.02, 0.1);
        DoubleShare = random.Pick(0, 0.03);
        FailShare = random.Pick(0, 0.03, 0.1);
        RefuseShare = random.Pick(0.25, 0.25, 0.7);
        FaultsEnd = random.Pick(600, 1200);
        SplitAppends = random.Chance(0.4);
        CommitsOnAnswer = random.Chance(0.3);
        ChunkRecordsMax = random.Pick(1, 4, 15);
        Samples = Bounds(random, 200);
        Alarms = Bounds(random, 20_000);
        OutboxMax = random.Pick(2, 5, 100);
        AppendItemsMax = random.Pick(1, 3, 100);
        SnapshotEvery = random.Pick(1, 2, 3, 5);
        StaleAfterMs = random.Pick(0, 5_000, 12_500);
        Notices = new NoticeOptions(random.Pick(2, 5, 10_000), random.Pick(1, 3, 10), BackoffMaxMs: 5_000);
    }

    public int Metrics { get; }

    public int SourcePartitions { get; }

    public int AlarmPartitions { get; }

    /// <summary>Share of messages between readers and entities that never arrive.</summary>
    public double DropShare { get; }

    public double DoubleShare { get; }

    /// <summary>Share of database calls whose caller learns nothing: not done, done all the same, or done much later.</summary>
    public double FailShare { get; }

    /// <summary>Share of POSTs that do not end with the receiver's yes; of these a third is refused, and of the others more than half arrive all the same.</summary>
    public double RefuseShare { get; }

    /// <summary>From this step on nothing fails any more.</summary>
    public int FaultsEnd { get; }

    /// <summary>The items of an Append travel one by one and may overtake each other.</summary>
    public bool SplitAppends { get; }

    public bool CommitsOnAnswer { get; }

    public int ChunkRecordsMax { get; }

    public ReaderBounds Samples { get; }

    public ReaderBounds Alarms { get; }

    public int OutboxMax { get; }

    public int AppendItemsMax { get; }

    public int SnapshotEvery { get; }

    /// <summary>Of rules that wait for silence; 0: none does.</summary>
    public int StaleAfterMs { get; }

    public NoticeOptions Notices { get; }

    private static ReaderBounds Bounds(SimRandom random, int fewBytes) =>
        new(random.Pick(25, 60, 200), random.Pick(40L, 1L << 20), random.Pick(1, fewBytes, 1 << 20), random.Pick(1, 2, 10));
}
