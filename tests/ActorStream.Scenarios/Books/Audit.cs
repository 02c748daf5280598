using System.Diagnostics;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Books;

/// <summary>Compares, after the cluster has ended: what was acknowledged, what the topics hold, what the journal admits, and what arrived.</summary>
internal static class Audit
{
    public static async Task CheckAsync(LocalCluster cluster, WebhookStandIn discord, SampleLoad load, ITestOutputHelper output)
    {
        Ledger ledger;
        await using (var storage = await cluster.OpenStorageAsync())
        {
            ledger = Ledger.Read(storage);
            Assert.Empty(storage.DeadLetters.Counts());
        }
        var arrived = discord.Deliveries;
        var channels = await NoticeJournal.RecoverAsync(cluster.DataFolder);
        Tell(output, ledger, arrived, channels.Sum(c => c.Ambiguous), load);
        CheckSamples(ledger, load);
        // Nothing alarmed would be nothing tested.
        Assert.NotEmpty(ledger.Due);
        Assert.Equal(ledger.Raised.Count, ledger.Raised.Distinct().Count());
        Assert.Empty(ledger.Raised.Except(ledger.Due));
        Assert.Empty(ledger.Due.Except(ledger.Raised));
        Assert.Empty(ledger.Due.Except(arrived.Select(d => d.Id)));
        Assert.Empty(arrived.Select(d => d.Id).Except(ledger.Due));
        Assert.All(channels, c => Assert.Equal(0, c.Queued));
        CheckRepetitions(arrived, channels.ToDictionary(c => c.Key, c => c.Ambiguous), discord);
    }

    /// <summary>Acknowledged means there, once; a body whose answer was lost was sent again and may be there more often.</summary>
    private static void CheckSamples(Ledger ledger, SampleLoad load)
    {
        var unsure = load.Unsure;
        foreach (var body in load.Acknowledged)
            foreach (var times in SampleLoad.SamplesOf(body).Select(s => ledger.Samples.GetValueOrDefault(s)))
                Assert.True(unsure.Contains(body) ? times >= 1 : times == 1, $"A sample of body {body} is in the topic {times} times.");
    }

    /// <summary>protocol.md A8: of a webhook, deliveries are at most its notices and the attempts that the journal admits as ambiguous.</summary>
    private static void CheckRepetitions(IReadOnlyList<Delivery> arrived, Dictionary<string, long> ambiguous, WebhookStandIn discord)
    {
        foreach (var webhook in arrived.GroupBy(d => d.Webhook))
        {
            var repeated = webhook.Count() - webhook.DistinctBy(d => d.Id).Count();
            var admitted = ambiguous[Domain.Rules.Webhook.KeyOf(discord.WebhookUrl(int.Parse(webhook.Key, System.Globalization.CultureInfo.InvariantCulture)))];
            Assert.True(repeated <= admitted, $"Webhook {webhook.Key} got {repeated} notices again, the journal admits {admitted}.");
        }
    }

    private static void Tell(ITestOutputHelper output, Ledger ledger, IReadOnlyList<Delivery> arrived, long ambiguous, SampleLoad load)
    {
        var ids = arrived.Select(d => d.Id).ToHashSet();
        output.WriteLine($"bodies acknowledged {load.Acknowledged.Count}, of them sent again after a lost answer {load.Unsure.Count}");
        output.WriteLine($"alarms due {ledger.Due.Count}, raised {ledger.Raised.Count}, arrived {ids.Count}");
        output.WriteLine($"lost {ledger.Due.Except(ids).Count()}, foreign {ids.Except(ledger.Due).Count()}, repeated {arrived.Count - ids.Count}, admitted as ambiguous {ambiguous}");
        output.WriteLine($"longest silence of a metric {arrived.GroupBy(d => d.Metric).Max(LongestSilence).TotalSeconds:0.0} s");
    }

    private static TimeSpan LongestSilence(IEnumerable<Delivery> ofOneMetric)
    {
        var times = ofOneMetric.Select(d => d.At).Order().ToArray();
        return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).Max();
    }
}
