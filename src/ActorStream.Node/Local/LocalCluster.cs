using ActorStream.Node.Cli;

namespace ActorStream.Node.Local;

/// <summary>Several nodes on loopback over one data folder. One such cluster at a time has the folder.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ReadyPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);

    private readonly FileStream _folderLock;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly TimeProvider _time;

    private LocalCluster(FileStream folderLock, IReadOnlyList<NodeProcess> nodes, TimeProvider time) => (_folderLock, Nodes, _time) = (folderLock, nodes, time);

    public IReadOnlyList<NodeProcess> Nodes { get; }

    /// <summary>Starts all processes; they are not ready yet.</summary>
    /// <exception cref="CommandFailedException">Another local cluster has the folder, or the program cannot be started.</exception>
    public static async Task<LocalCluster> StartAsync(LocalPlan plan, TimeProvider time)
    {
        Directory.CreateDirectory(plan.DataFolder);
        var folderLock = Lock(plan.DataFolder);
        var nodes = new List<NodeProcess>();
        try
        {
            foreach (var node in plan.Plan())
                nodes.Add(NodeProcess.Start(node));
            return new LocalCluster(folderLock, nodes, time);
        }
        catch (Exception e) when (e is CommandFailedException or IOException or UnauthorizedAccessException)
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
            await folderLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when every node answers <c>/ready</c>.</summary>
    /// <exception cref="CommandFailedException">A node ended, or is not ready in time; holds the end of its log.</exception>
    public async Task ReadyAsync(CancellationToken stop)
    {
        var start = _time.GetTimestamp();
        foreach (var node in Nodes)
            while (!await IsReadyAsync(node, stop))
            {
                if (Nodes.FirstOrDefault(n => n.HasEnded) is { } ended)
                    throw new CommandFailedException($"Node {ended.Plan.Number} ended with {ended.ExitCode} before it was ready. The end of {ended.Plan.LogPath}:{Environment.NewLine}{Tail(ended)}");
                if (_time.GetElapsedTime(start) > ReadyPatience)
                    throw new CommandFailedException($"Node {node.Plan.Number} is not ready after {ReadyPatience.TotalSeconds:0} s. The end of {node.Plan.LogPath}:{Environment.NewLine}{Tail(node)}");
                await Task.Delay(ReadyPause, _time, stop);
            }
    }

    /// <summary>Reports each node that ends; completes when all have ended or <paramref name="stop"/> is cancelled.</summary>
    public async Task WatchAsync(TextWriter output, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(Nodes.Select(async node =>
            {
                await node.EndedAsync(stop);
                await output.WriteLineAsync($"node {node.Plan.Number} (process {node.ProcessId}) ended with {node.ExitCode}. In another terminal this starts it again:{Environment.NewLine}  {node.CommandText}");
            }));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>All at once; a node that does not end in time is killed, and named.</summary>
    public async Task StopAsync(TextWriter error)
    {
        var clean = await Task.WhenAll(Nodes.Select(n => n.StopAsync(StopPatience)));
        foreach (var node in Nodes.Where((_, i) => !clean[i]))
            await error.WriteLineAsync($"node {node.Plan.Number} did not end within {StopPatience.TotalSeconds:0} s and was killed; its log is {node.Plan.LogPath}.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            node.AskToStop();
        foreach (var node in Nodes)
        {
            await node.StopAsync(StopPatience);
            await node.DisposeAsync();
        }
        _http.Dispose();
        await _folderLock.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync(NodeProcess node, CancellationToken stop)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(node.Plan.ManagementUrl, "/ready"), stop);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "local.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new CommandFailedException($"Another local cluster runs on {folder}; end it, or name another folder with --data.");
        }
    }

    private static string Tail(NodeProcess node)
    {
        const int lines = 15;
        using var log = new StreamReader(new FileStream(node.Plan.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join(Environment.NewLine, log.ReadToEnd().Split('\n').TakeLast(lines));
    }
}
