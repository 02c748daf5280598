using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Domain.Records;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios;

/// <summary>protocol.md section 4, point 6.</summary>
public sealed class FullStopTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The last thing that happens before every process is killed.</summary>
    public enum Moment
    {
        /// <summary>The entity's event that holds the alarm is in the journal.</summary>
        Journaled,

        /// <summary>The alarm is on its topic.</summary>
        OnTopic,

        /// <summary>The webhook was asked and has not answered.</summary>
        Attempted,
    }

    [Theory]
    [InlineData(1, Moment.Journaled)]
    [InlineData(1, Moment.OnTopic)]
    [InlineData(1, Moment.Attempted)]
    [InlineData(3, Moment.Journaled)]
    public async Task An_alarm_journaled_before_a_full_stop_arrives_after_the_restart(int nodes, Moment moment)
    {
        await using var discord = await WebhookStandIn.StartAsync();
        discord.Hold();
        await LocalCluster.RunAsync(output, nodes, discord.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, discord.WebhookUrl, metrics: 1, webhooks: 1);
            await using var storage = await cluster.OpenStorageAsync();

            await KillAllAtAsync(moment, cluster, storage, discord);
            output.WriteLine($"the topic held {Ledger.Read(storage).Raised.Count} alarms when all nodes were dead");
            cluster.StartAll();
            await cluster.ReadyAsync();
            discord.Release();

            var alarm = Assert.Single(Ledger.Read(storage).Due).Id;
            await Until.HoldsAsync(() => Task.FromResult(discord.HasAll([alarm])), Patience, () => "The alarm has not arrived.");
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            Assert.Equal([alarm], Ledger.Read(storage).Raised.Select(a => a.Id));
            Assert.Equal([alarm], discord.Deliveries.Select(d => d.Id).Distinct());
        });
    }

    private static async Task KillAllAtAsync(Moment moment, LocalCluster cluster, INodeStorage storage, WebhookStandIn discord)
    {
        using var state = cluster.Connect();
        using var events = state.CreateCommand();
        events.CommandText = $"SELECT count(*) FROM journal WHERE persistence_id = 'alarm-{RuleSet.MetricName(0)}'";
        Func<bool> hasCome = moment switch
        {
            Moment.Journaled => () => (long)events.ExecuteScalar()! > 0,
            Moment.OnTopic => () => Enumerable.Range(0, storage.Topics.PartitionsOf(TopicNames.Alarms)).Any(p => storage.Topics.StateOf(TopicNames.Alarms, p).Head > 0),
            _ => () => discord.Requests > 0,
        };
        // Not awaited before the look-out: the alarm may be out before the answer is.
        var posting = PostAsync(cluster.Nodes[0]);
        await Task.Run(() => Assert.True(SpinWait.SpinUntil(hasCome, Patience), $"The alarm was never {moment}."));
        foreach (var node in cluster.Nodes)
            node.KillNow();
        foreach (var node in cluster.Nodes)
            await node.EndedAsync(Patience);
        await posting;
    }

    /// <summary>One sample that alarms. Its answer may be cut off by the kill.</summary>
    private static async Task PostAsync(NodeProcess node)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            var sample = new JsonObject { ["name"] = RuleSet.MetricName(0), ["value"] = 2 * RuleSet.Threshold };
            using var answer = await http.PostAsJsonAsync(new Uri(node.HttpUrl, "/metrics"), sample);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException e)
        {
            Assert.NotEqual(HttpRequestError.ConnectionError, e.HttpRequestError);
        }
    }
}
