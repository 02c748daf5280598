using System.Globalization;
using ActorStream.Scenarios.Books;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Notices;

/// <summary>Receivers of JSON that lose answers, while a node is killed.</summary>
/// <remarks><c>ACTORSTREAM_SEED</c> repeats the choices of a run as far as the order of requests does.</remarks>
[Collection(Alone.Name)]
public sealed class JsonReceiverTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Metrics = 50;
    private const int Receivers = 12;
    private const int SamplesPerSecond = 1_000;
    private const int AlarmsBetween = 300;
    private const string SigningKey = "whsec_c2NlbmFyaW8ta2V5LW9mLXRoaXJ0eS10d28tYnl0ZXM=";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Each_alarm_reaches_its_json_receiver_signed_and_again_only_where_the_journal_admits_a_doubt()
    {
        var seed = Environment.GetEnvironmentVariable("ACTORSTREAM_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"ACTORSTREAM_SEED={seed}");
        await using var receiver = await JsonReceiver.StartAsync(SigningKey, new Random(seed));
        await LocalCluster.RunAsync(output, Nodes, receiver.Host, async cluster =>
        {
            await RuleSet.MakeAsync(cluster, receiver.Url, Metrics, Receivers, receiver: "webhook_url");
            await using var load = new SampleLoad(cluster, Metrics, SamplesPerSecond);
            load.Start();

            await FlowAsync(receiver);
            var victim = cluster.Nodes[new Random(seed).Next(Nodes)];
            output.WriteLine($"kill -9 of node {victim.Number} at {receiver.Count} alarms");
            await victim.KillAsync();
            await Until.HoldsAsync(() => cluster.IsRemovedAsync(victim), Patience, () => $"Node {victim.Number} is still a member.");
            await FlowAsync(receiver);
            victim.Start();
            await victim.ReadyAsync();
            await FlowAsync(receiver);
            await load.StopAsync();
            await DrainAsync(cluster, receiver);

            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            Assert.Empty(receiver.Wrongs);
            Assert.True(receiver.Deliveries.Count > receiver.Count, "No alarm came twice: no answer was lost, so nothing was tested.");
            await Audit.CheckAsync(cluster, receiver.Deliveries, load, output);
        }, more: ["--webhooks-signing-key", SigningKey]);
    }

    /// <summary>Completes when so many more alarms have arrived.</summary>
    private static Task FlowAsync(JsonReceiver receiver)
    {
        var until = receiver.Count + AlarmsBetween;
        return Until.HoldsAsync(() => Task.FromResult(receiver.Count >= until), Patience, () => $"{until - receiver.Count} of {AlarmsBetween} further alarms have not arrived.");
    }

    /// <summary>If it does not come to rest, the audit says what is missing.</summary>
    private static async Task DrainAsync(LocalCluster cluster, JsonReceiver receiver)
    {
        await using var storage = await cluster.OpenStorageAsync();
        if (!await Until.TryAsync(cluster.IsReadAsync, Patience))
            return;
        var due = Ledger.Read(storage).Due.Select(a => a.Id).ToArray();
        await Until.TryAsync(() => Task.FromResult(receiver.HasAll(due)), Patience);
        await Until.TryAsync(() => NoticeJournal.IsAtRestAsync(cluster), Patience);
    }
}
