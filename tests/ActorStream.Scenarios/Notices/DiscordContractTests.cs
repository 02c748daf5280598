using System.Diagnostics;
using System.Globalization;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Notices;

/// <summary>Ten thousand alarms to a Discord that limits, fails, hangs up and falls silent, while nodes are killed.</summary>
/// <remarks><c>ACTORSTREAM_SEED</c> repeats the choices of a run as far as the order of requests does. It takes two to three minutes.</remarks>
[Collection(Alone.Name)]
public sealed class DiscordContractTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Metrics = 200;
    private const int Webhooks = 20;
    private const int SamplesPerSecond = 4_000;
    private const int AlarmsMin = 10_000;

    /// <summary>One sample in twenty is an alarm.</summary>
    private const int BodiesMin = AlarmsMin * 20 / SampleLoad.BodySamples;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Ten_thousand_alarms_arrive_whatever_discord_and_the_nodes_do_and_no_request_is_earlier_than_allowed()
    {
        var seed = Environment.GetEnvironmentVariable("ACTORSTREAM_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"ACTORSTREAM_SEED={seed}");
        var start = Stopwatch.GetTimestamp();
        await using var discord = await LimitedDiscord.StartAsync(new Random(seed));
        await LocalCluster.RunAsync(output, Nodes, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, Metrics, Webhooks);
            await using var load = new SampleLoad(cluster, Metrics, SamplesPerSecond);
            load.Start();

            var kills = KillTwoAsync(cluster, discord, new Random(seed));
            await Until.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= BodiesMin), Patience, () => $"Only {load.Acknowledged.Count} of {BodiesMin} bodies were acknowledged.");
            await load.StopAsync();
            await kills;
            var isAtRest = await DrainAsync(cluster, discord);

            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            output.WriteLine($"{(isAtRest ? "at rest" : "not at rest")} after {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s; answers: {discord.Tally}");
            Assert.Empty(discord.Wrongs);
            Assert.True(discord.Count >= AlarmsMin, $"{discord.Count} alarms are fewer than {AlarmsMin}.");
            await Audit.CheckAsync(cluster, discord.Deliveries, load, output);
        });
    }

    /// <summary>One node comes back after the others have taken over its work, another at once.</summary>
    private async Task KillTwoAsync(LocalCluster cluster, LimitedDiscord discord, Random random)
    {
        NodeProcess[] victims = [.. cluster.Nodes];
        random.Shuffle(victims);
        await ArrivedAsync(discord, AlarmsMin / 10);
        output.WriteLine($"kill -9 of node {victims[0].Number} at {discord.Count} alarms");
        await victims[0].KillAsync();
        await Until.HoldsAsync(() => cluster.IsRemovedAsync(victims[0]), Patience, () => $"Node {victims[0].Number} is still a member.");
        victims[0].Start();
        await victims[0].ReadyAsync();
        output.WriteLine($"kill -9 of node {victims[1].Number} at {discord.Count} alarms");
        await victims[1].KillAsync();
        victims[1].Start();
        await victims[1].ReadyAsync();
    }

    private static Task ArrivedAsync(LimitedDiscord discord, int alarms) =>
        Until.HoldsAsync(() => Task.FromResult(discord.Count >= alarms), Patience, () => $"Only {discord.Count} of {alarms} alarms have arrived.");

    /// <summary>False: something is missing, and the audit says what.</summary>
    private static async Task<bool> DrainAsync(LocalCluster cluster, LimitedDiscord discord)
    {
        await using var storage = await cluster.OpenStorageAsync();
        if (!await Until.TryAsync(cluster.IsReadAsync, Patience))
            return false;
        var due = Ledger.Read(storage).Due.Select(a => a.Id).ToArray();
        return await Until.TryAsync(() => Task.FromResult(discord.HasAll(due)), Patience) && await Until.TryAsync(() => NoticeJournal.IsAtRestAsync(cluster), Patience);
    }
}
