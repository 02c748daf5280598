using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Support;

/// <summary>Pipelines in memory: <c>orders</c> with two partitions and two groups, and <c>visits</c>, which is stopped and of which nobody answers.</summary>
internal sealed class FakePipelines : IPipelineFacade
{
    private readonly Dictionary<string, bool> _running = new() { ["orders"] = true, ["visits"] = false };

    public IReadOnlyList<PipelineView> All => [Orders, Visits];

    public TimeSpan Uptime => TimeSpan.FromSeconds(12);

    public StateStoreView StateStore { get; set; } = new("sqlite", "/data", 4_096);

    public string? OrdersTrouble { get; set; }

    /// <summary>Null: it is done.</summary>
    public string? CheckpointMissing { get; set; }

    private PipelineView Orders => new(
        Spec("orders", SourceSpec.OfTopic("events"), WindowSpec.Tumbling(10_000, 2_000), WindowSpec.Sliding(60_000, 1_000)) with { KeyGroups = 2, Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl")] }, _running["orders"]) { Position = 7, Trouble = OrdersTrouble };

    private PipelineView Visits => new(Spec("visits", SourceSpec.OfFiles("visits.jsonl"), WindowSpec.Session(30_000)) with { KeyGroups = 1 }, _running["visits"]);

    /// <summary>What was asked for of a pipeline, as it arrived here.</summary>
    public List<string> Steered { get; } = [];

    public Task<bool> RunAsync(string id, bool isRunning, CancellationToken cancel)
    {
        Steered.Add($"{(isRunning ? "start" : "stop")} {id}");
        if (!_running.ContainsKey(id))
            return Task.FromResult(false);
        _running[id] = isRunning;
        return Task.FromResult(true);
    }

    /// <summary>Answer to every plan and change.</summary>
    public PipelineOutcome Outcome { get; set; } = new(PipelineOutcomeKind.Unchanged, PipelineUpdate.Nothing, 7, null);

    public PipelineRemoval Removal { get; set; } = new(PipelineRemovalKind.Removed);

    /// <summary>Pipelines that were to be deleted, with the versions that were named.</summary>
    public List<(string Id, IReadOnlyList<long>? IfAt)> Deleted { get; } = [];

    /// <summary>Null: it is drained.</summary>
    public string? DrainMissing { get; set; }

    /// <summary>Pipelines that were given, as they arrived here, with what was said beside them.</summary>
    public List<(PipelineSpec Spec, bool IsPlan, bool MayDrop, IReadOnlyList<long>? IfAt)> Given { get; } = [];

    public PipelineOutcome Plan(PipelineSpec spec, bool mayDrop)
    {
        Given.Add((spec, true, mayDrop, null));
        return Outcome;
    }

    public Task<PipelineOutcome> ApplyAsync(PipelineSpec spec, bool mayDrop, IReadOnlyList<long>? ifAt, CancellationToken cancel)
    {
        Given.Add((spec, false, mayDrop, ifAt));
        return Task.FromResult(Outcome);
    }

    public Task<PipelineRemoval> DeleteAsync(string id, IReadOnlyList<long>? ifAt, CancellationToken cancel)
    {
        Steered.Add($"delete {id}");
        Deleted.Add((id, ifAt));
        return Task.FromResult(_running.ContainsKey(id) ? Removal : new PipelineRemoval(PipelineRemovalKind.Unknown));
    }

    public Task<string?> DrainAsync(PipelineSpec pipeline, CancellationToken cancel)
    {
        Steered.Add($"drain {pipeline.Id}");
        return Task.FromResult(DrainMissing);
    }

    /// <summary>Thrown by everything that reads positions.</summary>
    public Exception? StorageFails { get; set; }

    public IReadOnlyList<PipelinePartitionView> PartitionsOf(PipelineSpec pipeline) => StorageFails is { } failure ? throw failure : pipeline.Id == "orders"
        ?
        [
            new PipelinePartitionView("orders/events/0", 1_000_000, false, true, 30, 42, 12, 28, 2),
            new PipelinePartitionView("orders/events/1", 2_000_000, true, false, 70, 70, 0, 70, 0),
        ]
        : [new PipelinePartitionView("visits/files.visits/0", null, false, true, 0, null, null, 0, 0)];

    public Task<IReadOnlyList<WindowGroupView>> GroupsAsync(PipelineSpec pipeline, CancellationToken cancel) => Task.FromResult<IReadOnlyList<WindowGroupView>>(
        pipeline.Id == "orders" ? [Group(0, 40), Group(1, 58)] : []);

    public Task<OpenWindowsView> WindowsAsync(PipelineSpec pipeline, int limit, CancellationToken cancel) => Task.FromResult(pipeline.Id == "orders"
        ? new OpenWindowsView([.. new[] { new OpenWindowView("orders", "tumbling_a_0", 0, 10_000, 3, true), new OpenWindowView("orders", "tumbling_a_20000", 20_000, 30_000, 1, false) }.Take(limit)], 0)
        : new OpenWindowsView([new OpenWindowView("visits", "session_b_5000", 5_000, 36_000, 2, false)], 1));

    public Task<IReadOnlyList<PipelineActivityView>> ActivityAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<PipelineActivityView>>([new PipelineActivityView("orders", [10, 0, 20], [.. Enumerable.Range(1, 100).Select(i => (double)i)], 1_764_000_000_000)]);

    public Task<CheckpointView> CheckpointAsync(CancellationToken cancel) => Task.FromResult(new CheckpointView(DateTimeOffset.UnixEpoch, 17, CheckpointMissing));

    public Task<PipelineCheckpointView> StoredAsync(PipelineView pipeline, CancellationToken cancel)
    {
        var partitions = PartitionsOf(pipeline.Spec);
        return Task.FromResult(pipeline.Spec.Id == "orders"
            ? new PipelineCheckpointView(pipeline, [new SourceCheckpointView(partitions[0] with { Epoch = 3, Serial = 9 }, 1_764_000_000_000), new SourceCheckpointView(partitions[1], null)],
                [new EntityCheckpoint("windows-orders/0", 212, 200, 12, 3_400, 90_000, 1_764_000_000_250), new EntityCheckpoint("windows-orders/1", 5, 0, 5, 600, 0, 1_764_000_000_500)])
            : new PipelineCheckpointView(pipeline, [.. partitions.Select(p => new SourceCheckpointView(p, null))], [new EntityCheckpoint("windows-visits/0", 0, 0, 0, 0, 0, null)]));
    }

    private static PipelineSpec Spec(string id, SourceSpec source, params WindowSpec[] windows) =>
        new(id, $"the {id}", source, new EventFields(), new WindowPlan(id, windows, PipelineSpec.ResultsTopicOf(id)), new WatermarkSpec(), []);

    private static WindowGroupView Group(int number, long events) =>
        new(number, "akka://a@127.0.0.1:1", 1_000_000, true, 3, 5, 0, events, events - 2, 1, 1, 0, 7, 4, 3, 4, 1, null);
}
