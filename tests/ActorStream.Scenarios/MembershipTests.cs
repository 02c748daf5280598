using ActorStream.Pbm;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

[Collection(Alone.Name)]
public sealed class MembershipTests(ITestOutputHelper output)
{
    private const int Failed = 1;
    private const int Downed = 3;
    private const string UnusedWebhookHost = "discord.com";

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    [Fact]
    public Task A_second_cluster_on_the_same_data_folder_is_refused() => LocalCluster.RunAsync(output, 1, UnusedWebhookHost, async cluster =>
    {
        var ports = FreePorts.Take(3);
        using var other = ActorStreamProcess.Start(
        [
            "node", "--cluster", "other", "--data", cluster.DataFolder,
            "--http", $"http://127.0.0.1:{ports[0]}", "--management-port", $"{ports[1]}", "--port", $"{ports[2]}",
        ]);

        var code = await other.EndedAsync(EndPatience);

        Assert.Equal(Failed, code);
        Assert.Contains($"belongs to the cluster '{LocalCluster.Name}', this node is of 'other'", other.Printed, StringComparison.Ordinal);
        await cluster.ReadyAsync();
    });

    [Fact]
    public Task A_node_downed_by_the_cluster_exits_with_its_own_code() => LocalCluster.RunAsync(output, 3, UnusedWebhookHost, async cluster =>
    {
        var (operated, victim) = (cluster.Nodes[0], cluster.Nodes[2]);
        using var said = new StringWriter();

        var pbm = await PbmApp.RunAsync([operated.ManagementUrl.Authority, "cluster", "down", victim.Address], said, said);

        Assert.True(pbm == PbmApp.Done, said.ToString());
        Assert.Equal(Downed, await victim.EndedAsync(EndPatience));
        Assert.Contains("declared this node dead", victim.Printed, StringComparison.Ordinal);
        victim.Start();
        await victim.ReadyAsync();
    });
}
