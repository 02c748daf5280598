using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Load;

/// <summary>Posts bodies of samples at a steady pace to all nodes in turn, and knows what became of each body.</summary>
/// <remarks>
/// Sample s belongs to metric s % metrics. Its value is a number of its own: 1000 + s where it must alarm, which is every twentieth of its metric, else -1 - s.
/// A body that a node refused (503) or never saw goes to the next node; so does one whose answer was lost, which may then be in the topic twice.
/// </remarks>
internal sealed class SampleLoad(LocalCluster cluster, int metrics, int samplesPerSecond) : IAsyncDisposable
{
    public const int BodySamples = 250;

    private const int AlarmEvery = 20;
    private const int AlarmBase = 1000;
    private const int Senders = 4;

    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    // Bodies in flight at a kill must fail fast: the sample rate is part of the scenario.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, byte> _acknowledged = new();
    private readonly ConcurrentDictionary<int, byte> _unsure = new();
    private Task[] _senders = [];
    private int _bodies;

    /// <summary>Bodies that some node acknowledged.</summary>
    public IReadOnlyCollection<int> Acknowledged => [.. _acknowledged.Keys];

    /// <summary>Bodies with an attempt whose answer was lost.</summary>
    public IReadOnlySet<int> Unsure => _unsure.Keys.ToHashSet();

    public static IEnumerable<long> SamplesOf(int body) => Enumerable.Range(0, BodySamples).Select(i => (long)body * BodySamples + i);

    /// <summary>Which sample has this value.</summary>
    public static long SampleOf(double value) => value > 0 ? (long)value - AlarmBase : -1 - (long)value;

    public void Start() => _senders = [.. Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(i)))];

    /// <summary>Completes when every body that was begun is acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_senders).WaitAsync(EndPatience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Senders that still repeat a body end by this; how they ended was StopAsync's question.
        _http.Dispose();
        await Task.WhenAll(_senders).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Pacing, not waiting: a sender that fell behind during a kill catches up.</summary>
    private async Task SendAsync(int sender)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds((double)BodySamples * Senders / samplesPerSecond));
        while (!_stop.IsCancellationRequested)
        {
            await PostAsync(Interlocked.Increment(ref _bodies) - 1, sender);
            await pace.WaitForNextTickAsync();
        }
    }

    private async Task PostAsync(int body, int sender)
    {
        var bytes = BodyOf(body);
        for (var attempt = 0; ; attempt++)
        {
            if (attempt > 0 && attempt % cluster.Nodes.Count == 0)
                await Task.Delay(RoundPause);
            var node = cluster.Nodes[(body + sender + attempt) % cluster.Nodes.Count];
            if (await TryAsync(node, bytes) is not { } isTaken)
                _unsure.TryAdd(body, 0);
            else if (isTaken)
                break;
        }
        _acknowledged.TryAdd(body, 0);
    }

    /// <summary>True: acknowledged. False: certainly not stored. Null: nobody knows.</summary>
    private async Task<bool?> TryAsync(NodeProcess node, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var answer = await _http.PostAsync(new Uri(node.HttpUrl, "/metrics"), content);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                return false;
            if (answer.StatusCode != HttpStatusCode.OK || !text.Contains($"\"accepted\":{BodySamples},", StringComparison.Ordinal))
                throw new InvalidOperationException($"POST /metrics to node {node.Number} was answered with {(int)answer.StatusCode}: {text}");
            return true;
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError)
        {
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    private byte[] BodyOf(int body)
    {
        var text = new StringBuilder("[");
        foreach (var sample in SamplesOf(body))
        {
            var metric = (int)(sample % metrics);
            // Shifted by metric, so that alarms of all metrics do not come at once.
            var isAlarm = sample / metrics % AlarmEvery == metric % AlarmEvery;
            var value = isAlarm ? AlarmBase + sample : -1 - sample;
            text.Append(text.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $$"""{"name":"{{RuleSet.MetricName(metric)}}","value":{{value}}}""");
        }
        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }
}
