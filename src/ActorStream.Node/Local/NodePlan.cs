using ActorStream.Hosting.Options;
using ActorStream.Node.Cli;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;

namespace ActorStream.Node.Local;

/// <param name="Nodes">1 to 9.</param>
/// <param name="DataFolder">Absolute.</param>
/// <param name="HttpPort">Of the first node; null: 8080 when it is free, else any.</param>
/// <param name="ManagementPort">Of the first node; null: 9110 when it is free, else any.</param>
/// <param name="WebhookHosts">Null: what the nodes would allow without being told.</param>
/// <param name="ConfigFile">Handed to every node.</param>
/// <param name="IsPostgres">The nodes keep all but their logs in PostgreSQL, and are told by the environment how to reach it.</param>
internal sealed record LocalPlan(int Nodes, string DataFolder, int? HttpPort = null, int? ManagementPort = null, string? WebhookHosts = null, string? ConfigFile = null, bool IsPostgres = false)
{
    private const int HttpPortUsual = 8080;
    private const int ManagementPortUsual = 9110;
    private const int SeedsMost = 3;

    /// <summary>Said to nodes without a file, so that an environment meant for another cluster does not reach them.</summary>
    public const string ClusterName = "actorstream";

    /// <summary>Said to nodes without a file.</summary>
    public const int MetricPartitions = 4;

    public string NodesText => Nodes == 1 ? "1 node" : $"{Nodes} nodes";

    /// <summary>What the nodes of a plan without a file open.</summary>
    /// <exception cref="CommandFailedException">PostgreSQL, and the environment does not say where.</exception>
    public async Task<INodeStorage> OpenStorageAsync(TimeProvider time)
    {
        if (!IsPostgres)
            return await SqliteStorage.OpenAsync(new StorageOptions(DataFolder, ClusterName, Nodes == 1, MetricPartitions), time);
        return await PostgresStorage.OpenAsync(new PostgresOptions(PostgresConnectionString(), ClusterName, MetricPartitions), time);
    }

    private static string PostgresConnectionString()
    {
        var name = SettingsTable.PostgresConnectionString.EnvironmentName;
        return Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text
            : throw new CommandFailedException($"--storage postgres needs {name} in the environment: {SettingsTable.PostgresConnectionString.Allowed}.");
    }

    /// <summary>Looks for free ports now.</summary>
    public IReadOnlyList<NodePlan> Plan()
    {
        int?[] wanted = [HttpPort ?? HttpPortUsual, ManagementPort ?? ManagementPortUsual, .. Enumerable.Repeat((int?)null, Nodes * 3 - 2)];
        var ports = FreePorts.Take(wanted).Chunk(3).ToList();
        var seeds = ports.Take(SeedsMost).Select(p => new HostPort("127.0.0.1", p[2])).ToList();
        return [.. ports.Select((p, i) => new NodePlan(i + 1, p[0], p[1], Path.Combine(DataFolder, "logs", $"node-{i + 1}.log"), ArgumentsOf(p, seeds)))];
    }

    private IReadOnlyList<string> ArgumentsOf(int[] ports, IReadOnlyList<HostPort> seeds)
    {
        var arguments = new List<string> { "node" };
        Add("--config", ConfigFile);
        Add(SettingsTable.ClusterName.Flag, ConfigFile is null ? ClusterName : null);
        Add(SettingsTable.MetricsPartitions.Flag, ConfigFile is null ? $"{MetricPartitions}" : null);
        Add(SettingsTable.HttpUrl.Flag, $"http://127.0.0.1:{ports[0]}");
        Add(SettingsTable.ManagementHost.Flag, "127.0.0.1");
        Add(SettingsTable.ManagementPort.Flag, $"{ports[1]}");
        Add(SettingsTable.RemotingHost.Flag, "127.0.0.1");
        Add(SettingsTable.RemotingPublicHost.Flag, "127.0.0.1");
        Add(SettingsTable.RemotingPort.Flag, $"{ports[2]}");
        foreach (var seed in seeds)
            Add(SettingsTable.Seeds.Flag, seed.ToString());
        Add(SettingsTable.Data.Flag, DataFolder);
        // Several processes on one state file wait for each other's disk flushes: reference.conf has the numbers.
        Add(SettingsTable.StateSurvivesPowerLoss.Flag, Nodes > 1 && !IsPostgres ? "off" : null);
        Add(SettingsTable.StorageBackend.Flag, IsPostgres ? "postgres" : null);
        Add(SettingsTable.WebhooksAllowedHosts.Flag, WebhookHosts);
        return arguments;

        void Add(string flag, string? value)
        {
            if (value is not null)
                arguments.AddRange([flag, value]);
        }
    }
}

/// <param name="Number">From 1.</param>
/// <param name="Arguments">Of this program, beginning with <c>node</c>.</param>
internal sealed record NodePlan(int Number, int HttpPort, int ManagementPort, string LogPath, IReadOnlyList<string> Arguments)
{
    public Uri HttpUrl => new($"http://127.0.0.1:{HttpPort}");

    public Uri ManagementUrl => new($"http://127.0.0.1:{ManagementPort}");
}
