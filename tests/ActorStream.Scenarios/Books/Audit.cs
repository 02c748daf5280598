using ActorStream.Storage.Contracts;
using System.Diagnostics;
using ActorStream.Domain.Rules;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Books;

/// <summary>Compares, after the cluster has ended: what was acknowledged, what the topics hold, what the journal admits, and what arrived.</summary>
internal static class Audit
{
    public static async Task CheckAsync(LocalCluster cluster, IReadOnlyList<Delivery> arrived, SampleLoad load, ITestOutputHelper output)
    {
        await using var storage = await cluster.OpenStorageAsync();
        var ledger = Ledger.Read(storage);
        var history = storage.History.List(new AlarmQuery(Limit: int.MaxValue)).Select(a => a.Alarm).ToArray();
        var channels = await NoticeJournal.RecoverAsync(cluster);
        Tell(output, ledger, arrived, channels.Sum(c => c.Ambiguous), load);
        CheckSamples(ledger, load);
        // Nothing due would be nothing tested.
        Assert.NotEmpty(ledger.Due);
        Assert.Empty(storage.DeadLetters.Counts());
        CheckSame(ledger.Due, ledger.Raised);
        CheckSame(ledger.Due, history.Select(Ledger.Booked));
        CheckSame(ledger.Due, arrived.DistinctBy(d => d.Id).Select(d => new BookedAlarm(d.Id, d.Metric, d.Value, d.WebhookUrl)));
        Assert.All(channels, c => Assert.Equal(0, c.Queued));
        foreach (var webhook in arrived.GroupBy(d => d.WebhookUrl))
            CheckWebhook([.. webhook], ledger, channels.Single(c => c.Key == Webhook.KeyOf(webhook.Key)).Ambiguous);
    }

    /// <summary>Acknowledged means there, once; a body whose answer was lost was sent again and may be there more often.</summary>
    private static void CheckSamples(Ledger ledger, SampleLoad load)
    {
        var unsure = load.Unsure;
        foreach (var body in load.Acknowledged)
            foreach (var times in SampleLoad.SamplesOf(body).Select(s => ledger.Samples.GetValueOrDefault(s)))
                Assert.True(unsure.Contains(body) ? times >= 1 : times == 1, $"A sample of body {body} is in the topic {times} times.");
    }

    /// <summary>The same alarms with the same content, each once.</summary>
    private static void CheckSame(IEnumerable<BookedAlarm> due, IEnumerable<BookedAlarm> found) =>
        Assert.Equal(due.OrderBy(a => a.Id, StringComparer.Ordinal), found.OrderBy(a => a.Id, StringComparer.Ordinal));

    /// <summary>A webhook gets its alarms in the order of the topic, and again only what the journal admits as ambiguous (protocol.md A8).</summary>
    private static void CheckWebhook(IReadOnlyList<Delivery> arrived, Ledger ledger, long ambiguous)
    {
        var first = arrived.Select(d => d.Id).Distinct().ToArray();
        Assert.Equal(ledger.Raised.Where(a => a.WebhookUrl == arrived[0].WebhookUrl).Select(a => a.Id), first);
        var repeated = arrived.Count - first.Length;
        Assert.True(repeated <= ambiguous, $"{arrived[0].WebhookUrl} got {repeated} alarms again, the journal admits {ambiguous}.");
    }

    private static void Tell(ITestOutputHelper output, Ledger ledger, IReadOnlyList<Delivery> arrived, long ambiguous, SampleLoad load)
    {
        var due = ledger.Due.Select(a => a.Id).ToHashSet();
        var ids = arrived.Select(d => d.Id).ToHashSet();
        output.WriteLine($"bodies acknowledged {load.Acknowledged.Count}, of them sent again after a lost answer {load.Unsure.Count}");
        output.WriteLine($"alarms due {due.Count}, raised {ledger.Raised.Count}, arrived {ids.Count}");
        output.WriteLine($"lost {due.Except(ids).Count()}, foreign {ids.Except(due).Count()}, repeated {arrived.Count - ids.Count}, admitted as ambiguous {ambiguous}");
        output.WriteLine($"longest silence of a metric {arrived.GroupBy(d => d.Metric).Select(LongestSilence).DefaultIfEmpty().Max().TotalSeconds:0.0} s");
    }

    private static TimeSpan LongestSilence(IEnumerable<Delivery> ofOneMetric)
    {
        var times = ofOneMetric.Select(d => d.At).Order().ToArray();
        return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).DefaultIfEmpty().Max();
    }
}
