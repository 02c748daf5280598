using ActorStream.Node.Cli;
using ActorStream.Node.Emulate;
using ActorStream.Node.Local;

namespace ActorStream.Node.Demo;

/// <summary>A cluster, sources, rules and a stand-in for Discord; at the end the books: what the log says must have arrived, and what did.</summary>
/// <remarks>The words of the summary stand nowhere else in the output, so that a script can find them.</remarks>
internal sealed class DemoRun(LocalPlan plan, TimeSpan? length, TextWriter output, TextWriter error, TimeProvider time)
{
    private const string Packets = "received-packages";
    private const string Queue = "queue-length";

    /// <summary>A rule is effective on every node one second after its reply.</summary>
    private static readonly TimeSpan RulesEffective = TimeSpan.FromSeconds(1.1);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DrainPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan QuietEnough = TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(CancellationToken stop)
    {
        await output.WriteLineAsync($"actorstream {Banner.Version} demo: {plan.NodesText}, data in {plan.DataFolder}");
        await using var discord = await DiscordStandIn.StartAsync(output, time);
        await using var cluster = await LocalCluster.StartAsync(plan with { WebhookHosts = discord.Host }, time);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) }.WithToken();
        var client = new DemoClient(http, cluster);
        IReadOnlyList<DemoRule> rules;
        long sinceMs;
        try
        {
            await cluster.ReadyAsync(stop);
            await LocalReport.NodesAsync(cluster, output);
            await LocalReport.TryThisAsync(cluster, output);
            sinceMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            rules = [await client.MakeRuleAsync(Packets, 500, false, discord.WebhookUrl, stop), await client.MakeRuleAsync(Queue, 90, true, discord.WebhookUrl, stop)];
            await output.WriteLineAsync($"rules: {Packets} > 500, {Queue} >= 90. Kill a node (kill -9 {cluster.Nodes[^1].ProcessId}) and start it again: alarms pause for up to 20 s and none goes missing.");
            await Task.Delay(RulesEffective, time, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await cluster.StopAsync(error);
            return ExitCode.Done;
        }
        await SourcesAsync(http, cluster, stop);
        await output.WriteLineAsync("Sources have ended; waiting for what is under way.");
        return await CloseAsync(client, cluster, discord, rules, sinceMs);
    }

    private async Task SourcesAsync(HttpClient http, LocalCluster cluster, CancellationToken stop)
    {
        using var end = length is { } l ? new CancellationTokenSource(l, time) : new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, end.Token);
        var poster = new SamplePoster(http, [.. cluster.Nodes.Select(n => n.Plan.HttpUrl)], time, output.WriteLine);
        EmulatedSource[] sources =
        [
            new(Packets, Shapes.Spikes(300, 900, 10), TimeSpan.FromMilliseconds(200), new Dictionary<string, string> { ["machine_id"] = "12354" }),
            new(Queue, Shapes.Stairs(0, 100, 10), TimeSpan.FromMilliseconds(300), EmulatedSource.NoTags),
            new("temperature", Shapes.Constant(21.5m), TimeSpan.FromMilliseconds(500), new Dictionary<string, string> { ["room"] = "north" }),
        ];
        var running = sources.Select(s => s.RunAsync(poster.SendAsync, null, time, both.Token)).Append(cluster.WatchAsync(output, both.Token)).ToList();
        await Task.WhenAll(running);
    }

    private async Task<int> CloseAsync(DemoClient client, LocalCluster cluster, DiscordStandIn discord, IReadOnlyList<DemoRule> rules, long sinceMs)
    {
        DemoTally tally;
        await using (var storage = await plan.OpenStorageAsync(time))
        {
            tally = await DrainAsync(client, discord.Received, () => DemoTally.Count(storage.Topics, rules, sinceMs));
        }
        var ambiguous = await client.AmbiguousAttemptsAsync(CancellationToken.None);
        await client.DeleteRulesAsync(rules, CancellationToken.None);
        await cluster.StopAsync(error);
        return await SummaryAsync(tally, discord.Received, ambiguous);
    }

    /// <summary>Until every reader is at its head, all alarms are in and it has been quiet, or patience ends. The sources have ended, so the topic does not grow; an append that was cut off may still land, so it is read again.</summary>
    private async Task<DemoTally> DrainAsync(DemoClient client, ReceivedAlarms received, Func<DemoTally> count)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var drained = await client.IsDrainedAsync(CancellationToken.None);
            var tally = count();
            if ((drained && received.Quiet >= QuietEnough && tally.Alarms.IsSubsetOf(received.Ids)) || time.GetElapsedTime(start) >= DrainPatience)
                return tally;
            await Task.Delay(DrainPause, time);
        }
    }

    private async Task<int> SummaryAsync(DemoTally tally, ReceivedAlarms received, long? ambiguous)
    {
        var ids = received.Ids;
        var lost = tally.Alarms.Count(id => !ids.Contains(id));
        var foreign = ids.Count(id => !tally.Alarms.Contains(id));
        await output.WriteLineAsync($"samples: {tally.Samples}");
        await output.WriteLineAsync($"raised: {tally.Alarms.Count}");
        await output.WriteLineAsync($"delivered: {ids.Count - foreign}");
        await output.WriteLineAsync($"lost: {lost}");
        await output.WriteLineAsync($"duplicates: {received.Repeated} (ambiguous attempts: {ambiguous?.ToString() ?? "unknown"})");
        if (foreign > 0)
            await error.WriteLineAsync($"{foreign} alarms arrived that no sample of this demo explains.");
        await output.WriteLineAsync($"data: {plan.DataFolder}");
        return lost == 0 && foreign == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
