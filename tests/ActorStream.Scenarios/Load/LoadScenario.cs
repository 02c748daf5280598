using System.Diagnostics;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Load;

/// <summary>A cluster under load with rules on every metric, while faults happen to it; at the end all books are compared.</summary>
internal sealed class LoadScenario
{
    private const int Nodes = 3;
    private const int Metrics = 200;
    private const int Webhooks = 8;
    private const int SamplesPerSecond = 5_000;

    private static readonly TimeSpan FlowPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(180);

    private readonly WebhookStandIn _discord;
    private readonly ITestOutputHelper _output;

    private LoadScenario(LocalCluster cluster, WebhookStandIn discord, ITestOutputHelper output) => (Cluster, _discord, _output) = (cluster, discord, output);

    public LocalCluster Cluster { get; }

    /// <summary>Starts everything, lets the faults happen, ends the load, waits until all is delivered, ends the cluster, audits.</summary>
    public static async Task RunAsync(ITestOutputHelper output, Func<LoadScenario, Task> faults, string? postgres = null)
    {
        await using var discord = await WebhookStandIn.StartAsync();
        await LocalCluster.RunAsync(output, Nodes, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, Metrics, Webhooks, withMemory: true);
            await using var load = new SampleLoad(cluster, Metrics, SamplesPerSecond);
            var scenario = new LoadScenario(cluster, discord, output);
            var start = Stopwatch.GetTimestamp();
            load.Start();
            await scenario.AllMetricsFlowAsync();
            await faults(scenario);
            await scenario.AllMetricsFlowAsync();
            await load.StopAsync();
            output.WriteLine($"{load.Acknowledged.Count * SampleLoad.BodySamples} samples in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            await scenario.DrainAsync();
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            await Audit.CheckAsync(cluster, discord.Deliveries, load, output);
        }, postgres);
    }

    public void Tell(string line) => _output.WriteLine(line);

    /// <summary>Completes when so many more alarms have arrived.</summary>
    public Task FlowAsync(int alarms)
    {
        var until = _discord.Count + alarms;
        return Until.HoldsAsync(() => Task.FromResult(_discord.Count >= until), FlowPatience, () => $"{until - _discord.Count} of {alarms} further alarms have not arrived.");
    }

    /// <summary>Completes when an alarm of every metric has arrived that was not there before.</summary>
    public Task AllMetricsFlowAsync()
    {
        var before = _discord.Deliveries.Count;
        return Until.HoldsAsync(() => Task.FromResult(Arrived() == Metrics), FlowPatience, () => $"Alarms of only {Arrived()} of {Metrics} metrics have arrived.");

        int Arrived() => _discord.Deliveries.Skip(before).Select(d => d.Metric).Distinct().Count();
    }

    /// <summary>If it does not come to rest, the audit says what is missing.</summary>
    private async Task DrainAsync()
    {
        await using var storage = await Cluster.OpenStorageAsync();
        var start = Stopwatch.GetTimestamp();
        var isRead = await Until.TryAsync(Cluster.IsReadAsync, DrainPatience);
        var due = Ledger.Read(storage).Due.Select(a => a.Id).ToArray();
        var isDelivered = isRead && await Until.TryAsync(() => Task.FromResult(_discord.HasAll(due)), DrainPatience);
        Tell($"{(isDelivered ? "at rest" : isRead ? "read, not delivered" : "not read to the end")} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s after the last sample");
    }
}
