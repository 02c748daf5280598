using ActorStream.Domain.Notices;
using ActorStream.Domain.Pipelines;
using Akka.Configuration;

namespace ActorStream.Hosting.Options;

/// <summary>Everything a node is told before it starts; made by <see cref="NodeSettingsReader"/>, which has checked every bound. Plain data.</summary>
/// <param name="ClusterName">Also the name of the actor system; a data folder belongs to one cluster.</param>
/// <param name="Roles">At least one of <see cref="NodeRoles.All"/>, each once.</param>
/// <param name="Seeds">Addresses of <see cref="RemotingSettings"/> kind, the same order on every node: only the first may form a new cluster. Empty: this node is its own seed.</param>
/// <param name="DataFolder">Absolute; made when it is missing.</param>
/// <param name="HistoryRetention">1 minute to 3650 days: how long alarms, attempts to deliver them and dead letters can be asked for.</param>
/// <param name="OpenNetwork">True: other than loopback addresses may be bound although nobody is asked for a token.</param>
/// <param name="RawAkka">The <c>akka { }</c> block of the configuration file under its own name, or empty; it goes before what the program sets.</param>
public sealed record NodeSettings(
    string ClusterName,
    IReadOnlyList<string> Roles,
    RemotingSettings Remoting,
    IReadOnlyList<HostPort> Seeds,
    string DataFolder,
    HttpSettings Http,
    ManagementSettings Management,
    AuthSettings Auth,
    StorageSettings Storage,
    MetricsSettings Metrics,
    IngestSettings Ingest,
    TimeSpan HistoryRetention,
    WebhookSettings Webhooks,
    NoticeSettings Notices,
    bool OpenNetwork,
    Config RawAkka)
{
    /// <summary>Null: samples and rules lie in the embedded topics.</summary>
    public KafkaSettings? Kafka { get; init; }

    /// <summary>Pipelines of windows, the same on every node of the cluster.</summary>
    public IReadOnlyList<PipelineSpec> Pipelines { get; init; } = [];

    /// <summary>A pipeline prints its results: standard output is theirs alone.</summary>
    public bool PrintsResults => Pipelines.Any(p => p.Sinks.Any(s => s.Kind == SinkKind.Console));

    /// <summary>For sinks that write to InfluxDB.</summary>
    public InfluxToken InfluxToken { get; init; } = InfluxToken.None;

    /// <summary>Lower case. Where sinks of type influxdb may write to if their pipeline was made over HTTP; <c>HOST</c> stands for the default port of http and https.</summary>
    public IReadOnlyList<string> InfluxAllowedHosts { get; init; } = [];

    /// <summary><c>akka.tcp://NAME@HOST:PORT</c> per seed, as Akka wants them.</summary>
    public IReadOnlyList<string> SeedAddresses => [.. Seeds.Select(s => $"akka.tcp://{ClusterName}@{s}")];

    public bool HasRole(string role) => Roles.Contains(role, StringComparer.Ordinal);
}

public static class NodeRoles
{
    /// <summary>HTTP: rules, samples, alarms, status.</summary>
    public const string Edge = "edge";

    /// <summary>Readers of partitions.</summary>
    public const string Ingest = "ingest";

    /// <summary>Entities: alarms and notices.</summary>
    public const string Worker = "worker";

    public static readonly IReadOnlyList<string> All = [Edge, Ingest, Worker];
}

/// <param name="Host">Address to bind.</param>
/// <param name="PublicHost">What the other nodes call this one; equals <paramref name="Host"/> unless that is a wildcard or lies behind a translation.</param>
/// <param name="Port">0 to 65535; 0: a free one.</param>
public sealed record RemotingSettings(string Host, string PublicHost, int Port);

/// <param name="Urls">At least one <c>http://HOST:PORT</c>; opened by nodes with the role <c>edge</c> only.</param>
/// <param name="AllowedHosts">Names accepted in <c>Host</c> and <c>Origin</c> beyond loopback names and what is bound; without port.</param>
public sealed record HttpSettings(IReadOnlyList<string> Urls, IReadOnlyList<string> AllowedHosts);

/// <param name="Host">An IP address.</param>
/// <param name="Port">0 to 65535; 0: a free one.</param>
public sealed record ManagementSettings(string Host, int Port);

/// <param name="UncommittedRecordsMax">Samples in the topic that no reader has committed; beyond it ingest answers 503.</param>
/// <param name="FreeDiskBytesMin">Below it ingest answers 503.</param>
public sealed record IngestSettings(long UncommittedRecordsMax, long FreeDiskBytesMin);

public enum StorageBackend
{
    Sqlite,
    Postgres,
}

/// <param name="StateSurvivesPowerLoss">Of SQLite; PostgreSQL always does. True: <c>state.db</c> is written FULL. False: NORMAL, which survives a killed process and not a power cut; topics are FULL either way.</param>
/// <param name="PostgresConnectionString">A secret; empty unless the backend is <see cref="StorageBackend.Postgres"/>.</param>
public sealed record StorageSettings(StorageBackend Backend, bool StateSurvivesPowerLoss, string PostgresConnectionString = "")
{
    /// <summary>Never the connection string.</summary>
    public override string ToString() => $"{Backend}, {nameof(StateSurvivesPowerLoss)} = {StateSurvivesPowerLoss}";
}

/// <param name="Servers">At least one.</param>
/// <param name="Partitioner"><c>murmur2_random</c>, <c>consistent_random</c> or <c>ours</c>.</param>
/// <param name="Client">Settings of librdkafka by name; may hold secrets.</param>
public sealed record KafkaSettings(IReadOnlyList<HostPort> Servers, string MetricsTopic, string RulesTopic, string Partitioner, IReadOnlyDictionary<string, string> Client);

/// <param name="Partitions">1 to 256; fixed when the topic is made, a node that says another number than its folder is refused.</param>
/// <param name="Retention">1 minute to 3650 days, from append time; what a reader group has not committed is kept whatever its age.</param>
/// <param name="MaxFuture">1 second to 3650 days that a sample's time may lie ahead of the clock; null: it may carry any.</param>
/// <param name="ExtraPort">Of the management host, for <c>GET /metrics</c> alone; null: none.</param>
public sealed record MetricsSettings(int Partitions, TimeSpan Retention, TimeSpan? MaxFuture, int? ExtraPort = null);

/// <param name="AllowedHosts">Lower case. <c>HOST</c> stands for https on its default port; <c>HOST:PORT</c> names that port too and, on a loopback address, permits plain http.</param>
/// <param name="SigningKey">Null: rules with a receiver of JSON are refused.</param>
public sealed record WebhookSettings(IReadOnlyList<string> AllowedHosts, SigningKey? SigningKey);

/// <param name="MaxAge">1 minute to 3650 days, from append time; null: every alarm is sent, however late.</param>
public sealed record NoticeSettings(TimeSpan? MaxAge);

/// <param name="Host">Name or address; an IPv6 address stands in brackets.</param>
public readonly record struct HostPort(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}
