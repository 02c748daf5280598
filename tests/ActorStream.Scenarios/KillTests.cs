using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

/// <summary>Nodes are killed and restarted under load.</summary>
/// <remarks><c>ACTORSTREAM_KILLS</c>: how often, 3 if not set; 20 is the long form, about ten minutes. <c>ACTORSTREAM_SEED</c>: repeats the choices of a run.</remarks>
[Collection(Alone.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsUsual = 3;
    private const int AlarmsBetweenMin = 100;
    private const int AlarmsBetweenMax = 1_500;

    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Alarms_survive_the_kill_of_any_node()
    {
        var kills = Setting.Of("ACTORSTREAM_KILLS", KillsUsual);
        var seed = Setting.Of("ACTORSTREAM_SEED", Random.Shared.Next());
        output.WriteLine($"ACTORSTREAM_KILLS={kills} ACTORSTREAM_SEED={seed}");
        var random = new Random(seed);

        await LoadScenario.RunAsync(output, async scenario =>
        {
            foreach (var victim in Victims(scenario.Cluster.Nodes, random).Take(kills))
            {
                await scenario.FlowAsync(random.Next(AlarmsBetweenMin, AlarmsBetweenMax));
                await KillAndRestartAsync(scenario, victim, isDeclaredDead: random.Next(2) == 0);
            }
        });
    }

    /// <summary>Without end; each node once in three, so that the oldest, which holds the coordinators, is always among them.</summary>
    private static IEnumerable<NodeProcess> Victims(IReadOnlyList<NodeProcess> nodes, Random random)
    {
        while (true)
        {
            NodeProcess[] round = [.. nodes];
            random.Shuffle(round);
            foreach (var node in round)
                yield return node;
        }
    }

    /// <param name="isDeclaredDead">True: it comes back after the others have taken over its work. False: at once, in the place of its dead self.</param>
    private static async Task KillAndRestartAsync(LoadScenario scenario, NodeProcess victim, bool isDeclaredDead)
    {
        scenario.Tell($"kill -9 of node {victim.Number}, restart {(isDeclaredDead ? "after the others declared it dead" : "at once")}");
        await victim.KillAsync();
        if (isDeclaredDead)
            await Until.HoldsAsync(() => scenario.Cluster.IsRemovedAsync(victim), RemovalPatience, () => $"Node {victim.Number} is still a member.");
        victim.Start();
        await victim.ReadyAsync();
    }
}
