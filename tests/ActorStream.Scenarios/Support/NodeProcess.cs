namespace ActorStream.Scenarios.Support;

/// <summary>One node of a cluster: it may be ended and started again with the same arguments, as often as a scenario likes.</summary>
/// <param name="ports">HTTP, management, remoting.</param>
internal sealed class NodeProcess(int number, int[] ports, IReadOnlyList<string> arguments, string logPath, HttpClient http) : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(30);

    private ActorStreamProcess? _process;

    /// <summary>From 1.</summary>
    public int Number => number;

    public Uri HttpUrl { get; } = new($"http://127.0.0.1:{ports[0]}");

    public Uri ManagementUrl { get; } = new($"http://127.0.0.1:{ports[1]}");

    /// <summary>As <c>pbm cluster show</c> lists it, without protocol and cluster.</summary>
    public string Address => $"127.0.0.1:{ports[2]}";

    public bool IsRunning => _process is { HasEnded: false };

    public string Printed => _process?.Printed ?? "";

    /// <summary>Lines of standard output alone.</summary>
    public IReadOnlyList<string> Output => _process?.Output ?? [];

    public void Start()
    {
        Dispose();
        _process = ActorStreamProcess.Start(arguments);
    }

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public async Task KillAsync()
    {
        KillNow();
        await EndedAsync(KillPatience);
    }

    /// <summary>SIGKILL, and on.</summary>
    public void KillNow() => _process!.Kill();

    /// <summary>SIGSTOP: it is alive and does nothing.</summary>
    public void Freeze() => _process!.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _process!.Thaw();

    public void Terminate() => _process!.Terminate();

    public Task<int> EndedAsync(TimeSpan patience) => _process!.EndedAsync(patience);

    /// <exception cref="InvalidOperationException">It ended before it was ready.</exception>
    public async Task ReadyAsync()
    {
        await Until.HoldsAsync(IsReadyAsync, StartPatience, () => $"Node {number} is not ready.");

        async Task<bool> IsReadyAsync() => IsRunning
            ? await AskAsync("/ready") is not null
            : throw new InvalidOperationException($"Node {number} ended with {await EndedAsync(KillPatience)} before it was ready.");
    }

    /// <summary>Null: no answer.</summary>
    public Task<string?> AskAsync(string path) => AskAsync(new Uri(ManagementUrl, path));

    /// <summary>The edge, instead of the management port. Null: no answer.</summary>
    public Task<string?> AskEdgeAsync(string path) => AskAsync(new Uri(HttpUrl, path));

    private async Task<string?> AskAsync(Uri url)
    {
        try
        {
            using var answer = await http.GetAsync(url);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    public string Tail(int lines) => $"--- node {number}, {logPath}{Environment.NewLine}{_process?.Tail(lines)}";

    /// <summary>Kills what runs, and keeps what it printed for whoever looks into a failure.</summary>
    public void Dispose()
    {
        if (_process is null)
            return;
        _process.Dispose();
        File.AppendAllText(logPath, _process.Printed + Environment.NewLine + "=== the process ended" + Environment.NewLine);
        _process = null;
    }
}
