using System.Diagnostics;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Joins;

/// <summary>A left join on three nodes that are killed under load; at the end its topic, its file and the table say what a plain loop over both logs says.</summary>
/// <remarks><c>ACTORSTREAM_KILLS</c>: how often, 2 if not set. <c>ACTORSTREAM_EVENTS_PER_SECOND</c>: 600 if not set. <c>ACTORSTREAM_SEED</c>: repeats the choices of a run.</remarks>
public sealed class JoinKillTests(ITestOutputHelper output)
{
    private const int EventsPerSecondUsual = 600;

    private static readonly JoinPipeline Pipeline = new("paid", IsLeft: true, LatenessMs: 20_000);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Stopwatch _since = Stopwatch.StartNew();

    [Fact]
    public async Task A_join_says_the_same_after_any_kill_as_a_plain_loop_over_both_logs_in_topic_file_and_table()
    {
        var (kills, seed) = (Setting.Of("ACTORSTREAM_KILLS", 2), Setting.Of("ACTORSTREAM_SEED", Random.Shared.Next()));
        output.WriteLine($"ACTORSTREAM_KILLS={kills} ACTORSTREAM_SEED={seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("actorstream-join-").FullName;
        await LocalCluster.RunAsync(output, 3, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await cluster.OpenStorageAsync(JoinTopics.Both, [Pipeline.Results]);
            await using var load = new JoinLoad(storage, Setting.Of("ACTORSTREAM_EVENTS_PER_SECOND", EventsPerSecondUsual), seed);
            load.Start();
            for (var kill = 0; kill < kills; kill++)
            {
                await GrowsAsync(storage, 2_000 + random.Next(3_000));
                await KillAndRestartAsync(cluster, cluster.Nodes[random.Next(3)], isDeclaredDead: random.Next(2) == 0);
            }
            await GrowsAsync(storage, 2_000);
            await load.StopAsync();
            output.WriteLine($"{_since.Elapsed.TotalSeconds:0} s: the topics have ended");
            var plain = Pipeline.Plain(storage);
            var stats = await new WindowDrain(cluster, storage, [Pipeline.Ending(plain)]).RunAsync();
            output.WriteLine($"{_since.Elapsed.TotalSeconds:0} s: all is said");
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            var topic = new JoinAudit(output, storage, folder).Check(Pipeline, plain, stats[Pipeline.Id]);
            Assert.Equal(("late", plain.Books.Letters), Assert.Single(storage.DeadLetters.Counts().Select(c => (c.Key, c.Value))));
            Assert.True(plain.Books is { LateAccepted: > 0, LateRejected: > 0 } && topic.Retracted.Any(), "The load holds late events, some within the lateness and some beyond it, and payments of orders that were alone.");
        }, more: ["--pipeline", Pipeline.WriteIn(folder)]);
        Directory.Delete(folder, recursive: true);
    }

    private static Task GrowsAsync(INodeStorage storage, long rows)
    {
        var until = Head() + rows;
        return Until.HoldsAsync(() => Task.FromResult(Head() >= until), Patience, () => $"{rows} further rows have not come.");

        long Head() => storage.Topics.StateOf(Pipeline.Results, 0).Head;
    }

    private async Task KillAndRestartAsync(LocalCluster cluster, NodeProcess victim, bool isDeclaredDead)
    {
        output.WriteLine($"{_since.Elapsed.TotalSeconds:0} s: kill -9 of node {victim.Number}, restart {(isDeclaredDead ? "after the others declared it dead" : "at once")}");
        await victim.KillAsync();
        if (isDeclaredDead)
            await Until.HoldsAsync(() => cluster.IsRemovedAsync(victim), TimeSpan.FromSeconds(60), () => $"Node {victim.Number} is still a member.");
        victim.Start();
        await victim.ReadyAsync();
    }
}
