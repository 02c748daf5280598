using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What differs from seed to seed in a world of windows, besides <see cref="WorldSettings"/>.</summary>
internal sealed class WindowSettings
{
    public const string ResultsTopic = "results";
    public const string RightTopic = "payments";

    /// <summary>Event times advance about as fast as the world's steps do.</summary>
    private const int Unit = World.MsPerStep;

    private const int SizeMs = 20 * Unit;

    public WindowSettings(SimRandom random, bool isJoin, bool isChanging)
    {
        Partitions = random.Between(2, 3);
        ResultPartitions = random.Between(1, 2);
        Groups = random.Between(2, 3);
        var idleTimeoutMs = random.Pick<long?>(null, 40 * Unit, 120 * Unit);
        Time = new TimePolicy(
            random.Pick(4, 8, 15) * Unit, idleTimeoutMs, idleTimeoutMs is not null && random.Chance(0.4), idleTimeoutMs is not null && random.Chance(0.3) ? 2 * SizeMs : 0);
        IsBounded = random.Chance(0.15);
        var lateness = random.Pick(0, 100, 300, 300) * Unit;
        WindowSpec[] all = [WindowSpec.Tumbling(SizeMs, lateness), WindowSpec.Sliding(SizeMs, SizeMs * random.Pick(2, 3) / 5, lateness), WindowSpec.Session(random.Pick(8, 30) * Unit, lateness)];
        var first = random.Below(all.Length);
        IReadOnlyList<WindowSpec> specs = random.Chance(0.5) ? [all[first]] : [all[first], all[(first + 1) % all.Length]];
        Plan = new WindowPlan("clicks", specs, ResultsTopic) { Emit = random.Chance(0.2) ? EmitMode.Final : EmitMode.Update };
        if (isChanging && random.Chance(0.7))
            Plan = Plan with { Specs = all };
        if (isJoin)
            Join = new JoinPlan(Plan = Plan with { Specs = [all[random.Below(2)]] }, random.Chance(0.6) ? JoinType.Left : JoinType.Inner, RightTopic);
        Partitions += isJoin ? random.Between(0, 1) : 0;
    }

    /// <summary>One that the pipeline may be given while it runs.</summary>
    public WindowSpec AnySpec(SimRandom random)
    {
        var (sizeMs, lateness) = (random.Pick(SizeMs, 2 * SizeMs), AnyLateness(random));
        return random.Pick(WindowSpec.Tumbling(sizeMs, lateness), WindowSpec.Sliding(sizeMs, SizeMs * 2 / 5, lateness), WindowSpec.Session(random.Pick(8, 30) * Unit, lateness));
    }

    public long AnyLateness(SimRandom random) => random.Pick(0, 20, 100, 300) * Unit;

    public int Partitions { get; }

    public int ResultPartitions { get; }

    public int Groups { get; }

    public TimePolicy Time { get; }

    /// <summary>Each partition says of itself that it has ended; then time goes to its end.</summary>
    public bool IsBounded { get; }

    public WindowPlan Plan { get; }

    /// <summary>Null: windows of one topic.</summary>
    public JoinPlan? Join { get; }
}
