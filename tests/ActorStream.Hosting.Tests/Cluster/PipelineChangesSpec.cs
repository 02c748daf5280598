using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Pipelines;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Cluster;

/// <summary>Pipelines made, drained, deleted and made again on a cluster of two nodes that knew of none when it began.</summary>
public sealed class PipelineChangesSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly PipelineSpec Orders = OrdersPipeline.Spec with { Sinks = [new SinkSpec(SinkKind.Table, "table", "")] };

    private readonly RunningNode _first = new();
    private RunningNode _second = null!;

    public async Task InitializeAsync()
    {
        await _first.InitializeAsync();
        _second = new RunningNode(_first);
        await _second.InitializeAsync();
        await Task.WhenAll(_first.PipelinesView.Complete, _second.PipelinesView.Complete).WaitAsync(Patience);
    }

    public async Task DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task A_pipeline_made_on_one_node_gives_results_is_drained_goes_on_is_deleted_and_made_again_where_it_was()
    {
        var made = await _second.Facade.Pipelines.ApplyAsync(Orders, false, null, default);
        await BothKnowAsync();
        await AppendAsync(0, 50);
        await DrainAsync(_first);
        var drained = ResultsAndWritten();
        await BothKnowAsync();
        bool[] isRunning = [Assert.Single(_first.Facade.Pipelines.All).IsRunning, Assert.Single(_second.Facade.Pipelines.All).IsRunning];

        // Four windows of seven keys have ended; the fifth is open over the stop.
        Assert.Equal((PipelineOutcomeKind.Made, (28L, 28L)), (made.Kind, drained));
        Assert.Equal([false, false], isRunning);

        await _first.Facade.Pipelines.RunAsync("orders", true, default);
        await BothKnowAsync();
        await AppendAsync(50, 10);
        await DrainAsync(_second);
        Assert.Equal((35L, 35L), ResultsAndWritten());

        Assert.Equal(PipelineRemovalKind.Removed, (await _first.Facade.Pipelines.DeleteAsync("orders", null, default)).Kind);
        await BothKnowAsync();
        await AppendAsync(60, 10);
        Assert.Empty(_second.Facade.Pipelines.All);
        await NobodyReadsAsync();

        var refused = await _second.Facade.Pipelines.ApplyAsync(Orders with { KeyGroups = 5 }, false, null, default);
        var again = await _second.Facade.Pipelines.ApplyAsync(Orders, false, null, default);
        await BothKnowAsync();
        await DrainAsync(_first);

        Assert.Equal((PipelineOutcomeKind.Refused, PipelineOutcomeKind.Made), (refused.Kind, again.Kind));
        Assert.Equal((42L, 42L), ResultsAndWritten());
        var groups = await _first.Facade.Pipelines.GroupsAsync(Orders, default);
        Assert.Equal((280L, 0L), (groups.Sum(g => g.In), groups.Sum(g => g.LateRejected)));
    }

    [Fact]
    public async Task A_sink_that_is_added_writes_all_that_the_topic_holds_and_one_that_is_removed_writes_nothing_more()
    {
        await _first.Facade.Pipelines.ApplyAsync(Orders, false, null, default);
        await AppendAsync(0, 50);
        await DrainAsync(_first);

        var other = Orders with { Sinks = [new SinkSpec(SinkKind.Metrics, "samples", "orders.avg")] };
        var changed = await _second.Facade.Pipelines.ApplyAsync(other, false, null, default);
        await _first.Facade.Pipelines.RunAsync("orders", true, default);
        await AppendAsync(50, 10);
        await DrainAsync(_first, other);

        Assert.Equal((PipelineOutcomeKind.Changed, UpdateEffect.Keeps), (changed.Kind, changed.Update.Effect));
        Assert.Equal((35L, 35L, 28L), (Results(), Written("samples"), Written("table")));
    }

    [Fact]
    public async Task A_window_that_is_added_while_it_runs_leaves_the_open_ones_as_they_are()
    {
        await _first.Facade.Pipelines.ApplyAsync(Orders, false, null, default);
        await AppendAsync(0, 45);
        await CheckpointAsync();

        var both = Orders with { Windows = new WindowPlan("orders", [WindowSpec.Tumbling(1_000), WindowSpec.Tumbling(2_000)], Orders.Windows.ResultsTopic) };
        var changed = await _second.Facade.Pipelines.ApplyAsync(both, false, null, default);
        await BothKnowAsync();
        await AppendAsync(45, 30);
        await DrainAsync(_first, both);

        Assert.Equal((PipelineOutcomeKind.Changed, UpdateEffect.Keeps), (changed.Kind, changed.Update.Effect));
        var rows = _first.Parts.Storage.Results.List("orders", 1_000);
        // The fifth window was open over the change: half its events came before it.
        Assert.Equal(
            ["tumbling 0: 40", "tumbling 1: 40", "tumbling 2: 40", "tumbling 3: 40", "tumbling 4: 40", "tumbling 5: 40", "tumbling 6: 40", "tumbling-2000 4: 60"],
            rows.GroupBy(r => $"{r.WindowId.Split('_')[0]} {(r.StartMs - 1_700_000_000_000) / 1_000}").Select(g => $"{g.Key}: {g.Sum(r => r.Count)}").Order(StringComparer.Ordinal));
        Assert.All(rows, r => Assert.Equal(0, r.Revision));
    }

    [Fact]
    public async Task A_change_that_is_refused_leaves_everything_as_it_is()
    {
        await _first.Facade.Pipelines.ApplyAsync(Orders, false, null, default);
        await AppendAsync(0, 50);
        var before = _first.PipelinesView.Current;

        var refused = await _second.Facade.Pipelines.ApplyAsync(Orders with { Windows = new WindowPlan("orders", [WindowSpec.Tumbling(2_000)], Orders.Windows.ResultsTopic) }, true, null, default);
        await DrainAsync(_first);

        Assert.Equal(PipelineOutcomeKind.Refused, refused.Kind);
        Assert.Equal(before.Find("orders")!.Spec!.Version, _first.PipelinesView.Current.Find("orders")!.Spec!.Version);
        Assert.Equal((28L, 28L), ResultsAndWritten());
    }

    private Task AppendAsync(int from, int count) => OrdersPipeline.AppendAsync(_first.Parts.Storage.Topics, from, count);

    private (long Results, long Written) ResultsAndWritten() => (Results(), Written("table"));

    private long Results() => _first.Parts.Storage.Topics.StateOf(Orders.Windows.ResultsTopic, 0).Head;

    private long Written(string sink) => _first.Parts.Storage.Commits.RowsOf($"sink.orders.{sink}").Sum(r => r.Row.Position);

    /// <summary>Until it is done: how long that takes is the machine's.</summary>
    private static async Task DrainAsync(RunningNode node, PipelineSpec? pipeline = null)
    {
        var began = TimeProvider.System.GetUtcNow();
        while (await node.Facade.Pipelines.DrainAsync(pipeline ?? Orders, default) is { } missing)
            Assert.True(TimeProvider.System.GetUtcNow() - began < Patience, missing);
    }

    private async Task CheckpointAsync()
    {
        var began = TimeProvider.System.GetUtcNow();
        while ((await _first.Facade.Pipelines.CheckpointAsync(default)).Missing is { } missing)
            Assert.True(TimeProvider.System.GetUtcNow() - began < Patience, missing);
    }

    private async Task BothKnowAsync()
    {
        var position = Math.Max(_first.PipelinesView.Current.Position, _second.PipelinesView.Current.Position);
        await Task.WhenAll(_first.PipelinesView.Reached(position), _second.PipelinesView.Reached(position)).WaitAsync(Patience);
    }

    private async Task NobodyReadsAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (new[] { _first, _second }.SelectMany(n => n.Parts.Readers.Local.Running).Any(r => r.Partition.Group.Contains("orders", StringComparison.Ordinal)))
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
