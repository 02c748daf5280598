using System.Diagnostics;
using System.Globalization;
using System.Text;

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
        return [new Row($"POST -> webhook request, one node, {Metrics} metrics, {PerSecond:N0} samples/s, 2 % alarming", Figures.Percentiles(await MeasureAsync(node.Http, sink, seconds)),
            $"from the time a POST of one sample was due (constant rate, {seconds} s) to the arrival of its webhook request, sender and receiver in the node's process; state.db FULL: four commits in a row")];
    }

    /// <summary>The same node over a PostgreSQL server.</summary>
    public static async Task<IReadOnlyList<Row>> RunPostgresAsync(int seconds)
    {
        if (Environment.GetEnvironmentVariable("POSTGRES_CONNECTION") is not { Length: > 0 } connection)
            return [new Row("the same with PostgreSQL", "not run", "set POSTGRES_CONNECTION to an empty database")];
        await using var sink = await WebhookSink.StartAsync();
        await using var node = await BenchNode.StartAsync(
            "edge,ingest,worker", sink.Host, storage => Workload.PutRulesAsync(storage.Compacted, Metrics, 1, m => sink.Url(m % 20)),
            new Dictionary<string, IReadOnlyList<string>> { ["actorstream.storage.backend"] = ["postgres"], ["actorstream.storage.postgres.connection-string"] = [connection] });
        return [new Row("the same with PostgreSQL", Figures.Percentiles(await MeasureAsync(node.Http, sink, seconds)),
            "one node; topics, journal, commit rows and attempts in one database on the same cores and disk, fsync and synchronous_commit on")];
    }

    /// <summary>Three processes over one folder, as <c>local</c> starts them.</summary>
    public static async Task<IReadOnlyList<Row>> RunThreeAsync(int seconds)
    {
        await using var sink = await WebhookSink.StartAsync();
        await using var cluster = await ProcessCluster.StartAsync(3, sink.Host, "off");
        await cluster.PutRulesAsync(Metrics, m => sink.Url(m % 20));
        return [new Row($"the same on three nodes", Figures.Percentiles(await MeasureAsync(cluster.Http, sink, seconds)),
            $"three processes ({ProcessCluster.Program}) and this one on the same two cores, one SQLite folder, state.db NORMAL; every POST to the first node, entities on all three")];
    }

    public static async Task<IReadOnlyList<Row>> StartupAsync()
    {
        var times = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            await using var cluster = await ProcessCluster.StartAsync(1, "127.0.0.1:9", "on");
            times.Add(cluster.Ready.TotalSeconds);
        }
        times.Sort();
        return [new Row("process start to ready, one node", $"{times[1]:0.0} s", $"{ProcessCluster.Program}; median of 3: process started to /ready 200, a fresh folder, no rules")];
    }

    private static async Task<List<double>> MeasureAsync(string edge, WebhookSink sink, int seconds)
    {
        using var client = new HttpClient { BaseAddress = new Uri(edge) };
        await SendAsync(client, 5, 10_000_000);
        var sent = await SendAsync(client, seconds, 20_000_000);
        var waited = Stopwatch.StartNew();
        while (sent.Keys.Any(v => !sink.ArrivedAt.ContainsKey(v)) && waited.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(20);
        var latencies = sent.Where(s => sink.ArrivedAt.ContainsKey(s.Key)).Select(s => Stopwatch.GetElapsedTime(s.Value, sink.ArrivedAt[s.Key]).TotalMilliseconds).ToList();
        return latencies.Count == sent.Count ? latencies : throw new InvalidOperationException($"{sent.Count - latencies.Count} of {sent.Count} alarms did not arrive.");
    }

    private static async Task<Dictionary<string, long>> SendAsync(HttpClient client, int seconds, long firstValue)
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
