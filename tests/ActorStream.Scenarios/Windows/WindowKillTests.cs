using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Windows;

/// <summary>Three pipelines on three nodes that are killed under load; at the end their topics, their files and the table say what plain loops over the log say.</summary>
/// <remarks><c>ACTORSTREAM_KILLS</c>: how often, 3 if not set; 20 is the long form. <c>ACTORSTREAM_EVENTS_PER_SECOND</c>: 25,000 if not set. <c>ACTORSTREAM_SEED</c>: repeats the choices of a run.</remarks>
[Collection(Alone.Name)]
public sealed class WindowKillTests(ITestOutputHelper output)
{
    private const int EventsPerSecondUsual = 25_000;

    private static readonly WindowPipeline[] Pipelines = [WindowPipeline.Tumbling, WindowPipeline.Sliding, WindowPipeline.Sessions];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    [Fact]
    public async Task Windows_say_the_same_after_any_kill_as_a_plain_loop_over_the_log_in_topic_file_and_table()
    {
        var (kills, seed) = (Setting.Of("ACTORSTREAM_KILLS", 3), Setting.Of("ACTORSTREAM_SEED", Random.Shared.Next()));
        output.WriteLine($"ACTORSTREAM_KILLS={kills} ACTORSTREAM_SEED={seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("actorstream-windows-").FullName;
        await LocalCluster.RunAsync(output, 3, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await WindowPipeline.OpenAsync(cluster, Pipelines);
            await using var load = new EventLoad(storage, Setting.Of("ACTORSTREAM_EVENTS_PER_SECOND", EventsPerSecondUsual), seed);
            load.Start();
            for (var kill = 0; kill < kills; kill++)
            {
                await GrowsAsync(storage, 2_000 + random.Next(2_000));
                await KillAndRestartAsync(cluster, cluster.Nodes[random.Next(3)], isDeclaredDead: random.Next(2) == 0);
            }
            await GrowsAsync(storage, 2_000);
            await load.StopAsync();
            output.WriteLine($"{load.Count} events");
            var stats = await new WindowDrain(cluster, storage, load, Pipelines).RunAsync();
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            var audit = new WindowAudit(output, storage, folder);
            Assert.All(Pipelines, p => audit.Check(p, load, stats[p.Id]));
            audit.CheckLetters();
        }, more: [.. Pipelines.SelectMany(p => new[] { "--pipeline", p.WriteIn(folder) })]);
        Directory.Delete(folder, recursive: true);
    }

    private static Task GrowsAsync(INodeStorage storage, long results)
    {
        var until = Heads() + results;
        return Until.HoldsAsync(() => Task.FromResult(Heads() >= until), Patience, () => $"{results} further results have not come.");

        long Heads() => WindowDrain.Head(storage, WindowPipeline.Tumbling) + WindowDrain.Head(storage, WindowPipeline.Sliding);
    }

    private async Task KillAndRestartAsync(LocalCluster cluster, NodeProcess victim, bool isDeclaredDead)
    {
        output.WriteLine($"kill -9 of node {victim.Number}, restart {(isDeclaredDead ? "after the others declared it dead" : "at once")}");
        await victim.KillAsync();
        if (isDeclaredDead)
            await Until.HoldsAsync(() => cluster.IsRemovedAsync(victim), TimeSpan.FromSeconds(60), () => $"Node {victim.Number} is still a member.");
        victim.Start();
        await victim.ReadyAsync();
    }
}
