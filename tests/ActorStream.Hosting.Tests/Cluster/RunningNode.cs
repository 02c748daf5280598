using System.Collections.Concurrent;
using ActorStream.Actors.Pipelines;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Node;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorStream.Hosting.Tests.Cluster;

/// <summary>The actors of one whole node, without its listeners, on free ports; what they log is kept.</summary>
public sealed class RunningNode : IAsyncLifetime, ILoggerProvider
{
    private readonly RunningNode? _seed;
    private readonly string _folder;
    private NodeParts? _parts;
    private IHost? _host;

    public RunningNode()
        : this(null)
    {
    }

    /// <param name="seed">The node whose cluster and data folder are joined; it is disposed after this one.</param>
    internal RunningNode(RunningNode? seed)
    {
        _seed = seed;
        _folder = seed?._folder ?? Directory.CreateTempSubdirectory("actorstream-node-").FullName;
    }

    public ActorSystem System { get; private set; } = null!;

    /// <summary>The same on every node of the cluster.</summary>
    internal IReadOnlyList<PipelineSpec> Pipelines { get; init; } = [];

    internal NodeParts Parts => _parts!;

    /// <summary>This node's own view of the pipelines.</summary>
    internal PipelinesView PipelinesView => _parts!.Pipelines;

    /// <summary>This node's own view of the rules.</summary>
    internal IRulesView Rules => _parts!.Rules;

    internal INodeFacade Facade => new NodeFacade(System, Registry, _parts!);

    public IReadOnlyActorRegistry Registry => _host!.Services.GetRequiredService<IReadOnlyActorRegistry>();

    public ConcurrentQueue<(string Category, string Text)> Logged { get; } = new();

    public async Task InitializeAsync()
    {
        var settings = NodeSettingsReader.Read(SettingsInput.Empty).Settings! with
        {
            Remoting = new RemotingSettings("127.0.0.1", "127.0.0.1", 0),
            DataFolder = _folder,
            Pipelines = _seed?.Pipelines ?? Pipelines,
            Seeds = _seed is null ? [] : [new HostPort("127.0.0.1", Akka.Cluster.Cluster.Get(_seed.System).SelfAddress.Port!.Value)],
        };
        _parts = new NodeParts(settings, await NodeHost.OpenStorageAsync(settings, CancellationToken.None), TimeProvider.System);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(this).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddAkka(settings.ClusterName, (akka, _) => akka.WithActorStream(_parts));
        _host = builder.Build();
        await _host.StartAsync();
        System = _host.Services.GetRequiredService<ActorSystem>();
    }

    public async Task DisposeAsync()
    {
        await _host!.StopAsync();
        _host.Dispose();
        await _parts!.DisposeAsync();
        if (_seed is not null)
            return;
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new Kept(categoryName, Logged);

    void IDisposable.Dispose()
    {
    }

    private sealed class Kept(string category, ConcurrentQueue<(string, string)> logged) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logged.Enqueue((category, formatter(state, exception)));
    }
}
