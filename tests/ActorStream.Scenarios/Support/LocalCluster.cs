using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json.Nodes;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ActorStream.Scenarios.Support;

/// <summary>Nodes as processes on loopback over one fresh data folder.</summary>
internal sealed class LocalCluster : IDisposable
{
    public const string Name = "scenarios";

    private const int MetricPartitions = 4;
    private const int TailLines = 40;
    private const int SeedsMost = 3;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly bool _survivesPowerLoss;
    private readonly string? _postgres;

    private LocalCluster(int nodes, string webhookHost, string? postgres, IReadOnlyList<string> more)
    {
        _postgres = postgres;
        DataFolder = Directory.CreateTempSubdirectory("actorstream-scenario-").FullName;
        // As `actorstream local` does it: several processes on one state file wait for each other's disk flushes.
        _survivesPowerLoss = nodes == 1;
        var ports = FreePorts.Take(nodes * 3).Chunk(3).ToArray();
        var seeds = ports.Take(SeedsMost).SelectMany(p => new[] { "--seed", $"127.0.0.1:{p[2]}" }).ToArray();
        Nodes = [.. ports.Select((p, i) => new NodeProcess(i + 1, p, [.. ArgumentsOf(p, webhookHost), .. seeds, .. more], Path.Combine(DataFolder, $"node-{i + 1}.log"), _http))];
    }

    public string DataFolder { get; }

    public IReadOnlyList<NodeProcess> Nodes { get; }

    /// <summary>Starts the nodes, runs the scenario, ends what is left. If it fails, says how the logs end and keeps the folder.</summary>
    /// <param name="postgres">Null: SQLite in the data folder; else the connection string of an empty database.</param>
    /// <param name="isReady">False: the scenario begins as soon as the nodes are started.</param>
    /// <param name="before">Done while no node runs yet; null: nothing.</param>
    /// <param name="more">Further arguments of every node.</param>
    public static async Task RunAsync(
        ITestOutputHelper output, int nodes, string webhookHost, Func<LocalCluster, Task> scenario, string? postgres = null, bool isReady = true, Func<LocalCluster, Task>? before = null, params IReadOnlyList<string> more)
    {
        using var cluster = new LocalCluster(nodes, webhookHost, postgres, more);
        try
        {
            if (before is not null)
                await before(cluster);
            cluster.StartAll();
            if (isReady)
                await cluster.ReadyAsync();
            await scenario(cluster);
        }
        catch (Exception) when (cluster.TellLogs(output))
        {
            // TellLogs answers false: the logs are told and the failure goes on.
            throw;
        }
        cluster.EndAll();
        Directory.Delete(cluster.DataFolder, recursive: true);
    }

    public async Task ReadyAsync()
    {
        foreach (var node in Nodes)
            await node.ReadyAsync();
    }

    /// <summary>SIGTERM to all that run; their exit codes.</summary>
    public Task<int[]> StopAsync() => StopAsync(StopPatience);

    public async Task<int[]> StopAsync(TimeSpan patience)
    {
        var running = Nodes.Where(n => n.IsRunning).ToArray();
        foreach (var node in running)
            node.Terminate();
        return await Task.WhenAll(running.Select(n => n.EndedAsync(patience)));
    }

    public void StartAll()
    {
        foreach (var node in Nodes)
            node.Start();
    }

    /// <summary>The first answer of any node that runs; null: none answered.</summary>
    public async Task<JsonNode?> AskAnyAsync(string path)
    {
        foreach (var node in Nodes.Where(n => n.IsRunning))
            if (await node.AskAsync(path) is { } text)
                return JsonNode.Parse(text);
        return null;
    }

    /// <summary>The others have declared it dead.</summary>
    public async Task<bool> IsRemovedAsync(NodeProcess victim) =>
        await AskAnyAsync("/pbm/cluster") is { } view && view["members"]!.AsArray().All(m => !((string)m!["address"]!).EndsWith(victim.Address, StringComparison.Ordinal));

    /// <summary>Every reader has read its topic to the end.</summary>
    public async Task<bool> IsReadAsync() => await AskAnyAsync("/pbm/sources") is { } sources && sources.AsArray().All(s => (long?)s!["lag"] == 0);

    /// <summary>The data folder as a node sees it; the nodes may be running.</summary>
    /// <param name="externalTopics">Topics that lie in Kafka.</param>
    public Task<INodeStorage> OpenStorageAsync(params string[] externalTopics) => OpenStorageAsync([], [], externalTopics);

    /// <param name="sources">Topics of the user's own that pipelines read.</param>
    /// <param name="results">Topics of their results.</param>
    /// <inheritdoc cref="OpenStorageAsync(string[])"/>
    public async Task<INodeStorage> OpenStorageAsync(IReadOnlyList<string> sources, IReadOnlyList<string> results, params string[] externalTopics)
    {
        var more = sources.Select(t => (t, MetricPartitions)).Concat(results.Select(t => (t, 1))).ToImmutableDictionary(t => t.Item1, t => t.Item2);
        return _postgres is null
            ? await SqliteStorage.OpenAsync(
                new StorageOptions(DataFolder, Name, _survivesPowerLoss, MetricPartitions) { ExternalTopics = [.. externalTopics], MoreTopics = more, InternalTopics = [TopicNames.Alarms, .. results] }, TimeProvider.System)
            : await PostgresStorage.OpenAsync(new PostgresOptions(_postgres, Name, MetricPartitions) { ExternalTopics = [.. externalTopics], MoreTopics = more }, TimeProvider.System);
    }

    /// <summary>Past the storage, as a foreign program would.</summary>
    public DbConnection Connect()
    {
        DbConnection connection = _postgres is null ? new SqliteConnection($"Data Source={Path.Combine(DataFolder, "state.db")};Mode=ReadWrite;Pooling=False") : new NpgsqlConnection(_postgres + ";Pooling=false");
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        EndAll();
        _http.Dispose();
    }

    private void EndAll()
    {
        foreach (var node in Nodes)
            node.Dispose();
    }

    private bool TellLogs(ITestOutputHelper output)
    {
        foreach (var node in Nodes)
            output.WriteLine(node.Tail(TailLines));
        output.WriteLine($"The data folder is kept: {DataFolder}");
        return false;
    }

    private IReadOnlyList<string> ArgumentsOf(int[] ports, string webhookHost) =>
    [
        "node", "--stop-with-stdin", "--cluster", Name, "--data", DataFolder, "--metrics-partitions", $"{MetricPartitions}",
        "--http", $"http://127.0.0.1:{ports[0]}", "--management-port", $"{ports[1]}", "--host", "127.0.0.1", "--port", $"{ports[2]}",
        "--webhooks-allowed-hosts", webhookHost, "--state-survives-power-loss", _survivesPowerLoss ? "on" : "off",
        .. _postgres is null ? Array.Empty<string>() : ["--storage", "postgres", "--postgres-connection-string", _postgres],
    ];
}
