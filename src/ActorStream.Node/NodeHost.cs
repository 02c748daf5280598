using System.Collections.Immutable;
using System.Net;
using ActorStream.Domain.Records;
using ActorStream.Edge;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;
using ActorStream.Wire.Topics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using ActorStream.Node.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ActorStream.Node;

/// <summary>One node from settings to exit code: opens the storage, starts the actor system and the two listeners, and ends all in the opposite order.</summary>
public static class NodeHost
{
    /// <summary>The cluster's coordinated shutdown bounds itself below this.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    /// <summary>Runs until it is told to stop, by <paramref name="cancel"/>, a signal, or the cluster.</summary>
    /// <returns>An exit code of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(NodeSettings settings, CancellationToken cancel)
    {
        NodeParts parts;
        try
        {
            parts = new NodeParts(settings, await OpenStorageAsync(settings, cancel), TimeProvider.System);
        }
        catch (Exception e) when (e is StorageRefusedException or StorageUnavailableException or StorageFullException or OutcomeUnknownException or PipelinesRefusedException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
        await using (parts)
        {
            await using var app = Build(settings, parts);
            try
            {
                await app.StartAsync(cancel);
            }
            catch (IOException e)
            {
                await Console.Error.WriteLineAsync($"{e.Message.TrimEnd('.')}. Choose another port with --http, --management-port or --metrics-extra-port, or end what listens there.");
                return ExitCode.Failed;
            }
            var system = app.Services.GetRequiredService<ActorSystem>();
            await app.WaitForShutdownAsync(cancel);
            return await CodeOfAsync(CoordinatedShutdown.Get(system).ShutdownReason);
        }
    }

    /// <summary>Whoever runs the process starts it again unless it was told to end: only then is the code 0.</summary>
    private static async Task<int> CodeOfAsync(CoordinatedShutdown.Reason? reason)
    {
        if (reason is CoordinatedShutdown.ClusterJoinUnsuccessfulReason)
            await Console.Error.WriteLineAsync("No seed node took this node into its cluster in time. Start the seeds, the first of them above all, or correct --seed; then start this node again.");
        return reason switch
        {
            CoordinatedShutdown.ClusterDowningReason => ExitCode.Downed,
            CoordinatedShutdown.ClusterJoinUnsuccessfulReason => ExitCode.Failed,
            _ => ExitCode.Done,
        };
    }

    /// <summary>With the pipelines of the settings in it.</summary>
    public static async Task<INodeStorage> OpenStorageAsync(NodeSettings settings, CancellationToken cancel)
    {
        INodeStorage storage = settings.Storage.Backend == StorageBackend.Postgres
            ? await PostgresStorage.OpenAsync(PostgresOf(settings), TimeProvider.System, cancel)
            : await SqliteStorage.OpenAsync(SqliteOf(settings), TimeProvider.System, cancel);
        storage = await storage.WithKafkaAsync(settings, TimeProvider.System);
        try
        {
            await SettingsPipelines.ApplyAsync(settings, storage, cancel);
            return storage;
        }
        catch (Exception e) when (e is PipelinesRefusedException or StorageRefusedException or StorageUnavailableException or StorageFullException or OutcomeUnknownException or OperationCanceledException)
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    internal static PostgresOptions PostgresOf(NodeSettings settings) =>
        new(settings.Storage.PostgresConnectionString, settings.ClusterName, settings.Metrics.Partitions, HistoryRetention: settings.HistoryRetention) { ExternalTopics = ExternalOf(settings), MoreTopics = PipelineTopics.Of(settings.Pipelines, settings.Metrics.Partitions) };

    internal static StorageOptions SqliteOf(NodeSettings settings) =>
        new(settings.DataFolder, settings.ClusterName, settings.Storage.StateSurvivesPowerLoss, settings.Metrics.Partitions, HistoryRetention: settings.HistoryRetention)
        {
            ExternalTopics = ExternalOf(settings), MoreTopics = PipelineTopics.Of(settings.Pipelines, settings.Metrics.Partitions), InternalTopics = [TopicNames.Alarms, .. PipelineTopics.ResultsOf(settings.Pipelines)],
        };

    private static ImmutableHashSet<string> ExternalOf(NodeSettings settings) => settings.Kafka is null ? [] : [TopicNames.Metrics];

    /// <summary>Everything but running: the same for the executable and for whoever hosts a node in a process of its own.</summary>
    /// <param name="isQuiet">Only warnings, and those to standard error: standard output is for results.</param>
    public static WebApplication Build(NodeSettings settings, NodeParts parts, bool isQuiet = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "HH:mm:ss.fff ";
            o.UseUtcTimestamp = true;
        });
        // While a pipe is full the line of a log would get into the middle of a result.
        if (isQuiet || settings.PrintsResults)
            builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(isQuiet ? LogLevel.Warning : LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton<IHostLifetime, NoConsoleLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton(parts);
        builder.Services.AddSingleton(parts.Time);
        builder.Services.AddSingleton<INodeFacade>(s => new NodeFacade(s.GetRequiredService<ActorSystem>(), s.GetRequiredService<IReadOnlyActorRegistry>(), parts));
        builder.Services.AddHostedService<RetentionService>();
        builder.Services.AddAkka(settings.ClusterName, (akka, _) => akka.WithActorStream(parts));
        builder.AddActorStreamEdge(new EdgeOptions(
            settings.HasRole(NodeRoles.Edge) ? [.. settings.Http.Urls.Select(u => new Uri(u))] : [],
            AddressOf(settings.Management.Host), settings.Management.Port, parts.WebhookPolicy.Refuse, AllowedHosts: settings.Http.AllowedHosts, Auth: settings.Auth,
            SampleAheadMsMax: FutureBound.Of(settings.Metrics.MaxFuture)) { ScrapePort = settings.Metrics.ExtraPort });
        var app = builder.Build();
        app.MapActorStream();
        return app;
    }

    private static IPAddress AddressOf(string host) => host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host.Trim('[', ']'));

    /// <summary>Signals arrive as the caller's token: a child of <c>local</c> must not end at the Ctrl-C that its parent handles.</summary>
    private sealed class NoConsoleLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
