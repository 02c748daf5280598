using ActorStream.Actors.Alarms;
using ActorStream.Actors.Notices;
using ActorStream.Actors.Pipelines;
using ActorStream.Actors.Rules;
using ActorStream.Actors.Windows;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Streams.Readers;
using ActorStream.Wire.Serialization;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.DistributedData;
using Akka.Event;
using Akka.Hosting;
using Akka.Persistence.Sql;
using Akka.Remote.Hosting;

namespace ActorStream.Hosting.Cluster;

/// <summary>The one place where rooms are joined. Each <c>With…</c> says what it needs; tests, the node and the edge call the same.</summary>
public static class ActorStreamHostingExtensions
{
    /// <summary>A whole node by its roles: cluster, journal, rules, and the regions or proxies of every entity type.</summary>
    public static AkkaConfigurationBuilder WithActorStream(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithSettings(parts)
        .WithJournal(parts)
        .WithNetwork(parts)
        .WithRules(parts)
        .WithPipelines(parts)
        .WithAlarms(parts)
        .WithNotices(parts)
        .WithWindows(parts)
        .WithReaders(parts)
        .WithNodeAgent(parts);

    /// <summary>Raw <c>akka {}</c> of the file over ours over Akka's own.</summary>
    private static AkkaConfigurationBuilder WithSettings(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .ConfigureLoggers(l =>
        {
            l.ClearLoggers();
            l.AddLogger<AkkaLogBridge>();
        })
        .AddHocon(parts.Settings.RawAkka, HoconAddMode.Prepend)
        .AddHocon(AkkaConf.Load(), HoconAddMode.Append)
        .AddHocon(ActorStreamSerializer.Hocon, HoconAddMode.Append)
        // Gossip of distributed data may arrive before sharding starts, and must be readable then.
        .AddHocon(ClusterSharding.DefaultConfig(), HoconAddMode.Append)
        .AddHocon(DistributedData.DefaultConfig(), HoconAddMode.Append);

    /// <summary>Needs an opened storage: the schema, with its fence, is there before the journal's first write.</summary>
    private static AkkaConfigurationBuilder WithJournal(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .AddHocon(SqlJournal.Hocon(parts.Storage.Journal), HoconAddMode.Prepend)
        .AddHocon(SqlPersistence.DefaultConfiguration, HoconAddMode.Append)
        .AddSetup(SqlJournal.Setup(parts.Storage.Journal));

    private static AkkaConfigurationBuilder WithNetwork(this AkkaConfigurationBuilder builder, NodeParts parts)
    {
        var settings = parts.Settings;
        return builder
            .WithRemoting(o =>
            {
                o.HostName = settings.Remoting.Host;
                o.PublicHostName = settings.Remoting.PublicHost;
                o.Port = settings.Remoting.Port;
            })
            .WithClustering(new ClusterOptions
            {
                Roles = [.. settings.Roles],
                SeedNodes = [.. settings.SeedAddresses],
                MinimumNumberOfMembers = 1,
                AppVersion = NodeVersion.Text,
            })
            .AddStartup((system, _) =>
            {
                // Without seeds a node is a cluster of its own; its port may only be known now.
                if (settings.Seeds.Count == 0)
                    Akka.Cluster.Cluster.Get(system).Join(Akka.Cluster.Cluster.Get(system).SelfAddress);
            });
    }

    private static AkkaConfigurationBuilder WithRules(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithActors((system, registry) =>
            registry.Register<RulesViewKey>(system.ActorOf(RulesViewActor.Props(parts.Rules, parts.Storage.Compacted), "rules-view")));

    private static AkkaConfigurationBuilder WithPipelines(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithActors((system, registry) =>
            registry.Register<PipelinesViewKey>(system.ActorOf(PipelinesViewActor.Props(parts.Pipelines, parts.Storage.Compacted, parts.PipelineReads), "pipelines-view")));

    private static AkkaConfigurationBuilder WithAlarms(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithEntities<AlarmsRegion>(parts, EntityTypes.Alarms, EntityTypes.AlarmShards, NodeRoles.Worker, passivate: true,
            _ => id => MetricAlarmActor.Props(id, parts.Rules, parts.Entities));

    private static AkkaConfigurationBuilder WithNotices(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithEntities<NoticesRegion>(parts, EntityTypes.Notices, EntityTypes.NoticeShards, NodeRoles.Worker, passivate: false,
            _ => id => NoticeActor.Props(id, parts.Notices, parts.Entities));

    /// <summary>Also without any pipeline: one may be made at any time.</summary>
    private static AkkaConfigurationBuilder WithWindows(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithEntities<WindowsRegion>(parts, EntityTypes.Windows, EntityTypes.WindowShards, NodeRoles.Worker, passivate: false,
            _ => id => parts.PipelineOf(id) is { } pipeline ? WindowActor.Props(id, pipeline, () => parts.PipelineOf(id), parts.Entities) : UnknownWindowsActor.Props());

    /// <summary>Needs the regions of the entities that readers feed.</summary>
    private static AkkaConfigurationBuilder WithReaders(this AkkaConfigurationBuilder builder, NodeParts parts)
    {
        builder
            .WithEntities<ReadersRegion>(parts, EntityTypes.Readers, EntityTypes.ReaderShards, NodeRoles.Ingest, passivate: false, registry =>
            {
                var catalog = Catalog(parts, registry);
                return id => PartitionReaderActor.Props(id, catalog, parts.Rules);
            })
            .AddStartup((system, registry) => SendHints(system, parts, Catalog(parts, registry), registry.Get<ReadersRegion>()))
            .AddStartup((system, registry) => FollowPipelines(system, parts, Catalog(parts, registry), registry.Get<ReadersRegion>()));
        return parts.Settings.HasRole(NodeRoles.Ingest)
            ? builder.WithSingleton<ReaderKeeperKey>(
                "reader-keeper", (_, registry, _) => ReaderKeeperActor.Props(Catalog(parts, registry), registry.Get<ReadersRegion>()),
                new ClusterSingletonOptions { Role = NodeRoles.Ingest, TerminationMessage = PoisonPill.Instance }, createProxyToo: false)
            : builder;
    }

    private static AkkaConfigurationBuilder WithNodeAgent(this AkkaConfigurationBuilder builder, NodeParts parts) => builder
        .WithActors((system, registry) =>
        {
            var regions = new Dictionary<string, IActorRef>();
            if (parts.Settings.HasRole(NodeRoles.Ingest))
                regions.Add(EntityTypes.Readers, registry.Get<ReadersRegion>());
            if (parts.Settings.HasRole(NodeRoles.Worker))
            {
                regions.Add(EntityTypes.Alarms, registry.Get<AlarmsRegion>());
                regions.Add(EntityTypes.Notices, registry.Get<NoticesRegion>());
                regions.Add(EntityTypes.Windows, registry.Get<WindowsRegion>());
            }
            var identity = new NodeIdentity(
                Akka.Cluster.Cluster.Get(system).SelfAddress.ToString(), parts.Settings.HasRole(NodeRoles.Edge) ? parts.Settings.Http.Urls[0] : null,
                $"{parts.Settings.Management.Host}:{parts.Settings.Management.Port}", Environment.ProcessId);
            registry.Register<NodeAgentKey>(system.ActorOf(NodeAgentActor.Props(identity, regions, parts), NodeAgentActor.Name));
        });

    /// <summary>A region where the node has the role, else a proxy.</summary>
    private static AkkaConfigurationBuilder WithEntities<TKey>(
        this AkkaConfigurationBuilder builder, NodeParts parts, string type, int shards, string role, bool passivate, Func<IActorRegistry, Func<string, Props>> entities) =>
        parts.Settings.HasRole(role)
            ? builder.WithShardRegion<TKey>(type, (_, registry, _) => entities(registry), new StableShards(shards), new ShardOptions
            {
                Role = role,
                StateStoreMode = StateStoreMode.DData,
                RememberEntities = false,
                HandOffStopMessage = StopEntity.Instance,
                ShouldPassivateIdleEntities = passivate,
                PassivateIdleEntityAfter = MetricAlarmActor.PassivateAfter,
            })
            : builder.WithShardRegionProxy<TKey>(type, role, new StableShards(shards));

    private static ReaderCatalog Catalog(NodeParts parts, IReadOnlyActorRegistry registry) =>
        parts.CatalogFor(registry.Get<AlarmsRegion>(), registry.Get<NoticesRegion>(), registry.Get<WindowsRegion>());

    /// <summary>A pipeline that was stopped, changed or deleted: its readers here drain and end. One that was made, changed or started: its readers are woken, wherever they will run.</summary>
    private static void FollowPipelines(ActorSystem system, NodeParts parts, ReaderCatalog catalog, IActorRef readers)
    {
        var isFirst = true;
        parts.Pipelines.Changed += () =>
        {
            if (isFirst)
                WarnOfUnnamed(system, parts);
            isFirst = false;
            parts.Readers.Local.Stop(r => !catalog.IsWanted(r));
            foreach (var id in catalog.WantedIds)
                readers.Tell(new EnsureReader(id));
        };
    }

    private static void WarnOfUnnamed(ActorSystem system, NodeParts parts)
    {
        foreach (var entry in parts.Pipelines.Current.Entries.Values.Where(e => e is { IsThere: true, Owner: PipelineOwner.Settings } && parts.Settings.Pipelines.All(p => p.Id != e.Id)))
            system.Log.Warning("Pipeline {0} goes on, although no file of this node names it any more ({1}). DELETE /pipelines/{0} ends it.", entry.Id, SettingsTable.Pipelines.Key);
    }

    /// <summary>What this process appends wakes the readers, wherever they run; and readers drain before anything else of a node stops.</summary>
    private static void SendHints(ActorSystem system, NodeParts parts, ReaderCatalog catalog, IActorRef readers)
    {
        parts.Storage.Topics.Appended += (topic, partition, head) =>
        {
            foreach (var reader in catalog.ReadersOf(topic, partition))
                readers.Tell(new PartitionAppended(reader, head));
        };
        if (!parts.Settings.HasRole(NodeRoles.Ingest))
            return;
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "drain-readers", async () =>
        {
            await readers.GracefulStop(TimeSpan.FromSeconds(6), GracefulShutdown.Instance);
            return Akka.Done.Instance;
        });
    }
}
