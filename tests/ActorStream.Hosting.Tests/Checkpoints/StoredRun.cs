using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Checkpoints;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Hosting.Tests.Node;
using ActorStream.Hosting.Tests.Pipelines;
using ActorStream.Node.Demo;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;
using ActorStream.Tests.Shared;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ActorStream.Hosting.Tests.Checkpoints;

/// <summary>What a real node left behind: a pipeline with late events, one of whose key groups wrote so often that there are snapshots and deleted events, an alarm, and its notice.</summary>
public abstract class StoredRun : IAsyncLifetime
{
    private const int OnTime = 50;

    /// <summary>Two snapshots, so that what the older one covers is deleted, and some events after.</summary>
    private const int EventsAtLeast = 212;

    private long _sequence;

    /// <summary>Takes any late event for an hour and says a further revision of its window, so each writes an event of the journal.</summary>
    public static readonly PipelineSpec Spec = OrdersPipeline.Spec with
    {
        Windows = new WindowPlan("orders", [WindowSpec.Tumbling(1_000, 3_600_000), WindowSpec.Session(700, 3_600_000)], PipelineSpec.ResultsTopicOf("orders")),
        Sinks = [new SinkSpec(SinkKind.Table, "table", "")],
    };

    /// <summary>The key group of the late events.</summary>
    public string Busy { get; private set; } = "";

    /// <summary>Events in each of the two partitions.</summary>
    public int Appended { get; private set; }

    /// <summary>What was found beside the running node.</summary>
    internal VerifyReport? WhileRunning { get; private set; }

    /// <summary>A copy that may be damaged.</summary>
    public abstract Copy Duplicate();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    public async Task InitializeAsync()
    {
        if (!await PrepareAsync())
            return;
        using var output = new StringWriter();
        await using var discord = await DiscordStandIn.StartAsync(output, TimeProvider.System);
        await using var node = await StartAsync(discord.Host);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        using var rule = await node.PostAsync("/rules", new { metric_name = "m", threshold = 500, discord_webhook_url = discord.WebhookUrl });
        using var posted = await node.PostAsync("/metrics", new { name = "m", value = 1_000 });
        await OrdersPipeline.AppendAsync(node.Parts.Storage.Topics, 0, OnTime);
        using var first = await node.PostAsync("/checkpoint", new { });
        for (Appended = OnTime; _sequence < EventsAtLeast; Appended++)
            await AppendLateAsync(node);
        while (!await IsCutAsync())
            await node.UntilAsync("/alive", (status, _) => status == 200);
        await node.UntilAsync("/pbm/notices", _ => discord.Received.Ids.Count == 1);
        using var last = await node.PostAsync("/checkpoint", new { });
        using var state = await LookAsync();
        WhileRunning = Verify(state, null);
    }

    /// <summary>By what the cluster says of its pipelines, without any settings.</summary>
    internal static VerifyReport Verify(IStateReader state, string? only) =>
        new CheckpointVerifier(state, StoredPipelines.Of(NodeSettingsReader.Read(SettingsInput.Empty).Settings!, state), new HashSet<string>()).Run(only);

    /// <summary>False: it cannot run here.</summary>
    protected abstract Task<bool> PrepareAsync();

    internal abstract Task<RunningNode> StartAsync(string webhookHost);

    protected abstract Task<IStateReader> LookAsync();

    /// <summary>One late event in each partition; then waits until a journal says so, so that each is an event of its own.</summary>
    private async Task AppendLateAsync(RunningNode node)
    {
        var before = FiguresOf(node);
        await OrdersPipeline.AppendAsync(node.Parts.Storage.Topics, 3, 1);
        await node.UntilAsync("/alive", (_, _) =>
        {
            var most = FiguresOf(node).MaxBy(f => f.Sequence)!;
            (Busy, _sequence) = (most.PersistenceId, most.Sequence);
            return most.Sequence > before.Max(b => b.Sequence);
        });
    }

    /// <summary>What the older snapshot covers is gone from the journal.</summary>
    private async Task<bool> IsCutAsync()
    {
        using var state = await LookAsync();
        return state.EventsAfter(Busy, 0).First().Sequence >= 100;
    }

    private static IReadOnlyList<EntityCheckpoint> FiguresOf(RunningNode node) =>
        node.Parts.Storage.Checkpoints.Of([.. Enumerable.Range(0, Spec.KeyGroups).Select(g => $"windows-{Spec.EntityId(g)}")]);

    /// <summary>A stored run of its own.</summary>
    public abstract class Copy : IDisposable
    {
        /// <param name="inTopics">Where the two are files of their own: in that of topics.</param>
        public abstract object? Sql(string sql, bool inTopics = false);

        /// <summary>The first byte of an event names a member of its message: after this it names none.</summary>
        public abstract void Spoil(string persistenceId, long sequence);

        public abstract Task<IStateReader> OpenAsync();

        public abstract void Dispose();

        internal async Task<VerifyReport> VerifyAsync(string? only = null)
        {
            using var state = await OpenAsync();
            return StoredRun.Verify(state, only);
        }
    }
}

public sealed class SqliteRun : StoredRun
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-stored-").FullName;

    public override Copy Duplicate() => new FolderCopy(_folder);

    public override Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    protected override Task<bool> PrepareAsync() => Task.FromResult(true);

    internal override Task<RunningNode> StartAsync(string webhookHost) =>
        RunningNode.StartAsync(webhookHost: webhookHost, kept: _folder, change: s => s with { Pipelines = [Spec] }, more: [(SettingsTable.MetricsPartitions, "2")]);

    protected override Task<IStateReader> LookAsync() => Task.FromResult<IStateReader>(SqliteStateReader.Open(_folder));
}

public sealed class FolderCopy : StoredRun.Copy
{
    public FolderCopy(string folder)
    {
        foreach (var file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("as-copy-").FullName;

    /// <summary>As a file for <c>--pipeline</c>, in the folder.</summary>
    public string WritePipeline()
    {
        var file = Path.Combine(Folder, "orders.json");
        File.WriteAllText(file, PipelineJson.Write(StoredRun.Spec).ToJsonString());
        return file;
    }

    public override object? Sql(string sql, bool inTopics = false)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, inTopics ? "topics.db" : "state.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>A node that has both files open and has written.</summary>
    public IDisposable Hold()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "state.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"ATTACH '{Path.Combine(Folder, "topics.db")}' AS topics; UPDATE storage_info SET value = value; UPDATE topics.storage_info SET value = value";
        command.ExecuteNonQuery();
        return connection;
    }

    public override void Spoil(string persistenceId, long sequence)
    {
        var hex = (string)Sql($"SELECT hex(message) FROM journal WHERE persistence_id = '{persistenceId}' AND sequence_number = {sequence}")!;
        Sql($"UPDATE journal SET message = x'07{hex[2..]}' WHERE persistence_id = '{persistenceId}' AND sequence_number = {sequence}");
    }

    public override Task<IStateReader> OpenAsync() => Task.FromResult<IStateReader>(SqliteStateReader.Open(Folder));

    public override void Dispose() => Directory.Delete(Folder, recursive: true);
}

public sealed class PostgresRun : StoredRun
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-stored-").FullName;
    private string? _place;

    /// <summary>Skips where no server is installed.</summary>
    public override Copy Duplicate() => new DatabaseCopy(_place ?? PostgresServer.Shared.NewDatabase());

    public override Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    protected override Task<bool> PrepareAsync()
    {
        try
        {
            _place = PostgresServer.Shared.NewDatabase();
        }
        catch (SkipException)
        {
            return Task.FromResult(false);
        }
        return Task.FromResult(true);
    }

    internal override Task<RunningNode> StartAsync(string webhookHost) =>
        RunningNode.StartAsync(webhookHost: webhookHost, postgres: _place, kept: _folder, change: s => s with { Pipelines = [Spec] }, more: [(SettingsTable.MetricsPartitions, "2")]);

    protected override async Task<IStateReader> LookAsync() => await PostgresStateReader.OpenAsync(new PostgresOptions(_place!, "actorstream"));
}

public sealed class DatabaseCopy : StoredRun.Copy
{
    private readonly string _place = PostgresServer.Shared.NewDatabase();

    /// <summary>The empty database is taken away again: a copy has to be made as one.</summary>
    public DatabaseCopy(string of)
    {
        var (name, original) = (new Npgsql.NpgsqlConnectionStringBuilder(_place).Database, new Npgsql.NpgsqlConnectionStringBuilder(of).Database);
        var server = PostgresServer.Shared.ConnectionString("postgres");
        Npgsql.NpgsqlConnection.ClearAllPools();
        PostgresServer.Scalar(server, $"DROP DATABASE {name}");
        PostgresServer.Scalar(server, $"CREATE DATABASE {name} TEMPLATE {original}");
    }

    public string Place => _place;

    public override object? Sql(string sql, bool inTopics = false) => PostgresServer.Scalar(_place, sql);

    public override void Spoil(string persistenceId, long sequence) =>
        Sql($"UPDATE journal SET message = set_byte(message, 0, 7) WHERE persistence_id = '{persistenceId}' AND sequence_number = {sequence}");

    public override async Task<IStateReader> OpenAsync() => await PostgresStateReader.OpenAsync(new PostgresOptions(_place, "actorstream"));

    /// <summary>The database goes with the server.</summary>
    public override void Dispose()
    {
    }
}
