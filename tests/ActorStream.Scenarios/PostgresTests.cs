using System.Diagnostics;
using System.Globalization;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using ActorStream.Tests.Shared;

namespace ActorStream.Scenarios;

/// <summary>Three nodes on one PostgreSQL server, under load.</summary>
/// <remarks><c>ACTORSTREAM_FREEZE_SECONDS</c>: how long a node is frozen at least; 0 if not set, which is until the others have declared it dead. 60 is the long form.</remarks>
[Collection(Alone.Name)]
public sealed class PostgresTests(ITestOutputHelper output)
{
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(120);

    [SkippableFact]
    public async Task Alarms_survive_restarts_of_the_database_server()
    {
        using var server = new PostgresServer();

        await LoadScenario.RunAsync(output, async scenario =>
        {
            await scenario.FlowAsync(300);
            scenario.Tell("kill -9 of the server");
            server.Kill();
            server.StartAgain();
            await scenario.AllMetricsFlowAsync();
            scenario.Tell("orderly restart of the server");
            server.Stop();
            server.StartAgain();
        }, server.NewDatabase());
    }

    [SkippableFact]
    public async Task Nothing_of_a_node_counts_that_was_frozen_until_it_was_declared_dead()
    {
        var seconds = Environment.GetEnvironmentVariable("ACTORSTREAM_FREEZE_SECONDS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        using var server = new PostgresServer();

        await LoadScenario.RunAsync(output, async scenario =>
        {
            var victim = scenario.Cluster.Nodes[^1];
            await scenario.FlowAsync(300);
            var since = Stopwatch.StartNew();
            victim.Freeze();
            await Until.HoldsAsync(
                async () => await scenario.Cluster.IsRemovedAsync(victim) && since.Elapsed.TotalSeconds >= seconds, RemovalPatience + TimeSpan.FromSeconds(seconds), () => $"Node {victim.Number} is still a member.");
            scenario.Tell($"node {victim.Number} was frozen for {since.Elapsed.TotalSeconds:0.0} s");
            victim.Thaw();
            Assert.NotEqual(0, await victim.EndedAsync(EndPatience));
            victim.Start();
            await victim.ReadyAsync();
        }, server.NewDatabase());
    }
}
