using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using ActorStream.Domain.Records;

namespace ActorStream.Benchmarks;

/// <summary>POST /metrics in bodies of 1,000 samples, each reply durable; the client is on the same cores, nobody reads.</summary>
internal static class Ingest
{
    private const int PerBody = 1_000;
    private const int Connections = 16;

    public static async Task<IReadOnlyList<Row>> RunAsync(int seconds)
    {
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", "127.0.0.1:9");
        using var client = new HttpClient { BaseAddress = new Uri(node.Http) };
        var body = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(0, PerBody).Select(i => $"{{\"name\":\"{Workload.Metric(i)}\",\"value\":{100 + i}}}")) + "]");
        await PostForAsync(client, body, TimeSpan.FromSeconds(2));
        var started = Stopwatch.GetTimestamp();
        var latencies = await PostForAsync(client, body, TimeSpan.FromSeconds(seconds));
        var took = Stopwatch.GetElapsedTime(started);
        return [new Row("HTTP ingest, bodies of 1,000 samples, durable reply", $"{latencies.Count * (double)PerBody / took.TotalSeconds:N0} samples/s",
            $"{Connections} connections for {took.TotalSeconds:0} s, {body.Length:N0} bytes a body, client in the same process, no rule wants the samples (readers only count them); per body {Figures.Percentiles(latencies)}")];
    }

    private static async Task<List<double>> PostForAsync(HttpClient client, byte[] body, TimeSpan time)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var each = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            var latencies = new List<double>();
            while (Stopwatch.GetTimestamp() < until)
            {
                var at = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await client.PostAsync("/metrics", content);
                answer.EnsureSuccessStatusCode();
                latencies.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            }
            return latencies;
        })));
        return [.. each.SelectMany(l => l)];
    }
}
