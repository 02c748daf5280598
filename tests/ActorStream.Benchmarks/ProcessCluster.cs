using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace ActorStream.Benchmarks;

/// <summary>Nodes as processes of their own on loopback, over one fresh folder.</summary>
/// <remarks>The program is what was built with the benchmarks, or a published one: <c>ACTORSTREAM_NODE</c> is the path of its <c>actorstream.dll</c>.</remarks>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private static readonly string? Published = Environment.GetEnvironmentVariable("ACTORSTREAM_NODE") is { Length: > 0 } path ? path : null;

    private readonly List<ProcessStartInfo> _starts = [];
    private readonly List<Process> _processes = [];
    private readonly List<int> _management = [];
    private readonly string _data = Folders.Fresh();

    /// <summary>Which program the nodes run, for the rows.</summary>
    public static string Program => Published is null ? "nodes as built" : "nodes as published, compiled ahead";

    public string Http { get; private set; } = "";

    /// <summary>From the start of the processes until all are ready.</summary>
    public TimeSpan Ready { get; private set; }

    /// <summary>Used by all processes that live.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _processes.ForEach(static p => p.Refresh());
            return new TimeSpan(_processes.Sum(static p => p.TotalProcessorTime.Ticks));
        }
    }

    /// <param name="more">Further arguments of each node.</param>
    /// <param name="environment">Beside this process's own.</param>
    public static async Task<ProcessCluster> StartAsync(
        int nodes, string webhookHost, string survivesPowerLoss, IReadOnlyList<string>? more = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var cluster = new ProcessCluster();
        var remoting = Enumerable.Range(0, nodes).Select(_ => BenchNode.FreePort()).ToArray();
        foreach (var port in remoting)
            cluster.Prepare(port, remoting, webhookHost, survivesPowerLoss, more ?? [], environment);
        await cluster.RunAsync();
        return cluster;
    }

    /// <summary>Starts the processes, for the first time or again, and waits until all are ready.</summary>
    public async Task RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var start in _starts)
        {
            var process = Process.Start(start)!;
            process.BeginOutputReadLine();
            _processes.Add(process);
        }
        using var client = new HttpClient();
        foreach (var port in _management)
        {
            while (!await IsReadyAsync(client, port))
                await Task.Delay(20);
        }
        Ready = Stopwatch.GetElapsedTime(started);
    }

    /// <summary>As <c>kill -9</c> does; what they stored stays.</summary>
    public async Task KillAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _processes.Clear();
    }

    public async Task PutRulesAsync(int metrics, Func<int, string> webhook)
    {
        using var client = new HttpClient { BaseAddress = new Uri(Http) };
        for (var m = 0; m < metrics; m++)
        {
            using var body = new StringContent($$"""{"metric_name":"{{Workload.Metric(m)}}","threshold":1000000,"discord_webhook_url":"{{webhook(m)}}"}""", Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync("/rules", body);
            answer.EnsureSuccessStatusCode();
        }
        // A rule counts everywhere a second after its reply.
        await Task.Delay(TimeSpan.FromSeconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_data, recursive: true);
    }

    private void Prepare(int port, int[] seeds, string webhookHost, string survivesPowerLoss, IReadOnlyList<string> more, IReadOnlyDictionary<string, string>? environment)
    {
        var (http, management) = (BenchNode.FreePort(), BenchNode.FreePort());
        if (Http.Length == 0)
            Http = $"http://127.0.0.1:{http}";
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] arguments =
        [
            Published ?? Path.Combine(AppContext.BaseDirectory, "actorstream.dll"), "node", "--data", _data, "--http", $"http://127.0.0.1:{http}", "--management-port", Text(management), "--port", Text(port),
            "--webhooks-allowed-hosts", webhookHost, "--state-survives-power-loss", survivesPowerLoss, .. seeds.SelectMany(s => new[] { "--seed", $"127.0.0.1:{s}" }), .. more,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _starts.Add(start);
        _management.Add(management);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, int port)
    {
        try
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{port}/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
