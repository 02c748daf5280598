using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Events of one topic, or of two that are joined -> readers -> window groups -> topic <c>results</c> -> a sink. Time comes from the commit rows of all partitions.</summary>
internal sealed class WindowWorld : World
{
    private double _value;

    public WindowWorld(long seed, PlantedFault fault = PlantedFault.None, Action<string>? trace = null, bool isJoin = false, bool isChanging = false)
        : base(seed, fault, trace)
    {
        Windows = new WindowSettings(Random, isJoin, isChanging);
        (Plans, IsChanging) = (new PlanHistory(this), isChanging);
        FixedGroups = [.. Enumerable.Range(0, Windows.Groups).Select(g => $"clicks/{g}")];
        var results = Enumerable.Range(0, Windows.ResultPartitions).Select(i => new ResultPartition(this, new PartitionId("sink", WindowSettings.ResultsTopic, 1, i))).ToList();
        Results = results;
        Topic = Planted.NewTopic(results);
        Source = EventLog.Make(this);
        Partitions = [.. Source, .. results];
        Checks = new WindowChecks(this);
        Trace?.Invoke($"{Windows.Join?.Type} {Windows.Time} bounded {Windows.IsBounded} {Windows.Plan.Emit} {string.Join(", ", Windows.Plan.Specs)}");
        Start();
        SleepThroughSilences.Schedule(this);
        if (isChanging)
            Plans.Schedule();
    }

    public override IReadOnlyList<SimPartition> Partitions { get; }

    public override SimTopic Topic { get; }

    public override IReadOnlyList<string> FixedGroups { get; }

    public override Checks Checks { get; }

    public WindowSettings Windows { get; }

    public PlanHistory Plans { get; }

    /// <summary>Its plan changes while it runs.</summary>
    public bool IsChanging { get; }

    public IReadOnlyList<EventPartition> Source { get; }

    public IReadOnlyList<ResultPartition> Results { get; }

    public Letters Letters { get; } = new();

    public override SimEntity NewEntity(string id, int node) => new SimWindows(this, id, node);

    public override LedgerLogic NewLogic(string id) => NewLogic(Plans.Newest);

    public WindowLedger NewLogic(PipelineSpec pipeline) => new(
        Windows.Join is { } join ? Planted.Around(new JoinState(join)) : Planted.Around(new WindowState(pipeline.Windows, pipeline.Version), pipeline.Windows), pipeline.Version);

    public string GroupOf(int key) => FixedGroups[key % FixedGroups.Count];

    public long WatermarkOf(long maxEventTime) => maxEventTime == PartitionId.NoTime ? PartitionId.NoTime : maxEventTime - Windows.Time.DelayMs;

    /// <summary>Sums of different events differ, nearly always; all are whole numbers.</summary>
    public double NextValue() => (1000 * ++_value) + Random.Below(1000);
}
