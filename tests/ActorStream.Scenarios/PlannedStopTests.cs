using System.Diagnostics;
using ActorStream.Scenarios.Load;

namespace ActorStream.Scenarios;

public sealed class PlannedStopTests(ITestOutputHelper output)
{
    private const int AlarmsAfter = 1_000;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    [Fact]
    public Task A_planned_stop_of_a_node_loses_nothing() => LoadScenario.RunAsync(output, async scenario =>
    {
        // The first seed formed the cluster: the oldest, with the coordinators.
        var leaving = scenario.Cluster.Nodes[0];

        var start = Stopwatch.GetTimestamp();
        leaving.Terminate();
        var code = await leaving.EndedAsync(StopPatience);
        scenario.Tell($"the node ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        Assert.Equal(0, code);
        await scenario.FlowAsync(AlarmsAfter);
    });

    [Fact]
    public Task All_nodes_end_within_twenty_seconds_of_SIGTERM() => LoadScenario.RunAsync(output, async scenario =>
    {
        var start = Stopwatch.GetTimestamp();
        var codes = await scenario.Cluster.StopAsync(StopPatience);
        scenario.Tell($"all nodes had ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        Assert.Equal([0, 0, 0], codes);
        scenario.Cluster.StartAll();
        await scenario.Cluster.ReadyAsync();
    });
}
