using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;

namespace ActorStream.Benchmarks;

/// <summary>From the moment a sample is due to be sent to the moment its alarm's webhook request arrives, at a constant rate.</summary>
internal static class AlarmLatency
{
    private const int Metrics = 200;
    private const int PerSecond = 1_000;

    public static async Task<IReadOnlyList<Row>> RunAsync(int seconds)
    {
        await using var sink = await WebhookSink.StartAsync();
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", sink.Host, storage => Workload.PutRulesAsync(storage.Compacted, Metrics, 1, m => sink.Url(m % 20)));
        using var client = new HttpClient { BaseAddress = new Uri(node.Http) };
        await SendAsync(client, sink, 3, 10_000_000);
        var sent = await SendAsync(client, sink, seconds, 20_000_000);
        var deadline = Stopwatch.StartNew();
        while (sent.Keys.Any(v => !sink.ArrivedAt.ContainsKey(v)) && deadline.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(20);
        var latencies = sent.Where(s => sink.ArrivedAt.ContainsKey(s.Key)).Select(s => Stopwatch.GetElapsedTime(s.Value, sink.ArrivedAt[s.Key]).TotalMilliseconds).ToList();
        if (latencies.Count < sent.Count)
            throw new InvalidOperationException($"{sent.Count - latencies.Count} of {sent.Count} alarms did not arrive.");
        return [
            new Row("POST -> webhook request, one node, 200 metrics, 1,000 samples/s, 2 % alarming", Figures.Percentiles(latencies),
                $"from the time a POST of one sample was due (constant rate, {seconds} s) to the arrival of its webhook request in the same process; state.db FULL: four commits in a row"),
            new Row("process start to ready, in this process", $"{node.Ready.TotalSeconds:0.0} s", "host built to /ready 200, runtime already warm, 200 rules"),
        ];
    }

    private static async Task<Dictionary<string, long>> SendAsync(HttpClient client, WebhookSink sink, int seconds, long firstValue)
    {
        var due = new Dictionary<string, long>();
        var posts = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < seconds * PerSecond; i++)
        {
            var dueAt = start + (long)(i * (double)Stopwatch.Frequency / PerSecond);
            while (Stopwatch.GetTimestamp() < dueAt)
                await Task.Delay(1);
            var isAlarm = i % 50 == 0;
            var value = (isAlarm ? firstValue + i : 1 + (i % 100)).ToString(CultureInfo.InvariantCulture);
            if (isAlarm)
                due[value] = dueAt;
            posts.Add(PostAsync(client, $"{{\"name\":\"{Workload.Metric(i % Metrics)}\",\"value\":{value}}}"));
        }
        await Task.WhenAll(posts);
        return due;
    }

    private static async Task PostAsync(HttpClient client, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/metrics", content);
        answer.EnsureSuccessStatusCode();
    }
}
