using System.Diagnostics;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

[Collection(Alone.Name)]
public sealed class PlannedStopTests(ITestOutputHelper output)
{
    private const int AlarmsAfter = 1_000;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    [Fact]
    public Task A_planned_stop_of_one_node_and_then_of_all_loses_nothing_and_each_ends_within_twenty_seconds() => LoadScenario.RunAsync(output, async scenario =>
    {
        // The first seed formed the cluster: the oldest, with the coordinators.
        var leaving = scenario.Cluster.Nodes[0];

        var start = Stopwatch.GetTimestamp();
        leaving.Terminate();
        var code = await leaving.EndedAsync(StopPatience);
        scenario.Tell($"the node ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        Assert.Equal(0, code);
        await scenario.FlowAsync(AlarmsAfter);
        leaving.Start();
        await leaving.ReadyAsync();
        await scenario.AllMetricsFlowAsync();

        start = Stopwatch.GetTimestamp();
        var codes = await scenario.Cluster.StopAsync(StopPatience);
        scenario.Tell($"all nodes had ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        Assert.Equal([0, 0, 0], codes);
        scenario.Cluster.StartAll();
        await scenario.Cluster.ReadyAsync();
    });
}
