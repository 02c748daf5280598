namespace ActorStream.Hosting.Options;

/// <summary>One setting and its three spellings.</summary>
/// <param name="Key">HOCON path, e.g. <c>actorstream.http.url</c>.</param>
/// <param name="Flag">Of <c>actorstream node</c>, e.g. <c>--http</c>.</param>
/// <param name="ValueName">Placeholder in usage lines.</param>
/// <param name="IsList">Several values: a HOCON list, comma separated in the environment, comma separated or repeated on the command line.</param>
/// <param name="Allowed">What a value may be, as part of a sentence.</param>
/// <param name="Meaning">One line for usage and README.</param>
/// <param name="IsSecret">Printed as <c>***</c>.</param>
public sealed record SettingKey(string Key, string Flag, string ValueName, bool IsList, string Allowed, string Meaning, bool IsSecret = false)
{
    /// <summary><c>actorstream.http.url</c> is <c>ACTORSTREAM_HTTP_URL</c>.</summary>
    public string EnvironmentName => Key.Replace('.', '_').Replace('-', '_').ToUpperInvariant();
}

/// <summary>The one list of settings: flags, HOCON keys, environment names, usage and README's table all come from here.</summary>
public static class SettingsTable
{
    public const string Root = "actorstream";

    public static readonly SettingKey ClusterName = One("cluster.name", "--cluster", "NAME", "1 to 63 letters, digits, - or _, beginning with a letter or digit", "name of the cluster; a data folder belongs to one");
    public static readonly SettingKey Roles = Many("roles", "--roles", "ROLE,…", "edge, ingest, worker, each once; empty means all three", "what this node does");
    public static readonly SettingKey RemotingHost = One("remoting.host", "--host", "HOST", "an IP address or host name of this machine", "address the other nodes connect to");
    public static readonly SettingKey RemotingPublicHost = One("remoting.public-host", "--public-host", "HOST", "an IP address or host name that is no wildcard; empty means remoting.host", "what the other nodes call this one");
    public static readonly SettingKey RemotingPort = One("remoting.port", "--port", "PORT", "a whole number from 0 to 65535; 0 takes a free port", "port the other nodes connect to");
    public static readonly SettingKey Seeds = Many("seeds", "--seed", "HOST:PORT", "HOST:PORT with a port from 1 to 65535, each once", "nodes to join, in the same order everywhere; repeatable");
    public static readonly SettingKey Data = One("data", "--data", "FOLDER", "a folder path", "where topics and state are kept");
    public static readonly SettingKey HttpUrl = Many("http.url", "--http", "URL", "http://HOST:PORT where HOST is an IP address or localhost, port from 0 to 65535, no path (in a file quote it: // begins a comment)", "where the edge listens");
    public static readonly SettingKey HttpAllowedHosts = Many("http.allowed-hosts", "--http-allowed-hosts", "HOST,…", "host names without scheme, port or wildcard", "further names a request may call this node by");
    public static readonly SettingKey ManagementHost = One("management.host", "--management-host", "ADDRESS", "an IP address of this machine", "where the management port listens");
    public static readonly SettingKey ManagementPort = One("management.port", "--management-port", "PORT", "a whole number from 0 to 65535; 0 takes a free port", "port of /alive, /ready, /metrics and pbm");
    public static readonly SettingKey AuthMode = One("auth.mode", "--auth", "MODE", "off, hs256 or authority", "whether a token is asked for, and who signs it");
    public static readonly SettingKey AuthKey = One("auth.key", "--auth-key", "KEY", "at least 32 bytes, by its environment name; or a file with them in auth.key-file", "the key of hs256; refused on the command line, where others can read it") with { IsSecret = true };
    public static readonly SettingKey AuthKeyFile = One("auth.key-file", "--auth-key-file", "FILE", "a file that can be read, with at least 32 bytes", "file that holds the key of hs256");
    public static readonly SettingKey AuthAuthority = One("auth.authority", "--auth-authority", "URL", "an https URL, or http on a loopback address", "OpenID provider whose tokens are taken");
    public static readonly SettingKey AuthAudience = One("auth.audience", "--auth-audience", "NAME", "1 to 200 characters", "what a token's aud has to name");
    public static readonly SettingKey StorageBackend = One("storage.backend", "--storage", "BACKEND", "sqlite or postgres", "what holds topics and state");
    public static readonly SettingKey PostgresConnectionString = One("storage.postgres.connection-string", "--postgres-connection-string", "TEXT", "Host=…;Database=…;Username=…;Password=… when storage.backend is postgres", "how the server is reached; a secret: from the file or the environment, since others can read a command line") with { IsSecret = true };
    public static readonly SettingKey StateSurvivesPowerLoss = One("storage.state-survives-power-loss", "--state-survives-power-loss", "on|off", "on or off", "off: state survives a killed process, not a power cut");
    public static readonly SettingKey TopicsBackend = One("topics.backend", "--topics", "BACKEND", "embedded or kafka", "where samples and rules from outside lie");
    public static readonly SettingKey KafkaServers = Many("kafka.bootstrap-servers", "--kafka", "HOST:PORT,…", "HOST:PORT with a port from 1 to 65535, each once; at least one where topics.backend is kafka", "brokers to ask first");
    public static readonly SettingKey KafkaMetricsTopic = One("kafka.metrics-topic", "--kafka-metrics-topic", "NAME", "1 to 249 letters, digits, ., - or _", "topic of samples");
    public static readonly SettingKey KafkaRulesTopic = One("kafka.rules-topic", "--kafka-rules-topic", "NAME", "1 to 249 letters, digits, ., - or _; another one than kafka.metrics-topic", "topic of rules");
    public static readonly SettingKey KafkaPartitioner = One("kafka.partitioner", "--kafka-partitioner", "NAME", "murmur2_random, consistent_random or ours", "how a key chooses its partition");
    public static readonly SettingKey KafkaClient = new($"{Root}.kafka.client", "--kafka-client", "NAME=VALUE,…", true, "settings of librdkafka as NAME=VALUE, or a block in a file, each name once; not those this program decides: bootstrap.servers, group.id, acks, isolation.level, transactional.id, enable.*, auto.*", "passed on to Kafka's client: SASL, TLS", IsSecret: true);
    public static readonly SettingKey MetricsPartitions = One("metrics.partitions", "--metrics-partitions", "N", "a whole number from 1 to 256", "partitions of the metrics topic, fixed when it is made");
    public static readonly SettingKey MetricsRetention = One("metrics.retention", "--metrics-retention", "TIME", "a time from 1m to 3650d, as 90m, 12h or 7d", "how long samples are kept after they were read");
    public static readonly SettingKey MetricsMaxFuture = One("metrics.max-future", "--metrics-max-future", "TIME", "off, or a time from 1s to 3650d, as 30s, 10m or 1h", "how far a sample's time may lie ahead of the clock; beyond, it is refused");
    public static readonly SettingKey MetricsExtraPort = One("metrics.extra-port", "--metrics-extra-port", "PORT", "off, or a whole number from 1 to 65535", "a further port of management.host that serves GET /metrics alone");
    public static readonly SettingKey IngestUncommittedMax = One("ingest.max-uncommitted-records", "--ingest-max-uncommitted-records", "N", "a whole number from 1000 to 1000000000", "samples stored and not yet read, beyond which POST /metrics answers 503");
    public static readonly SettingKey IngestFreeDiskMin = One("ingest.min-free-disk", "--ingest-min-free-disk", "SIZE", "a size from 0B to 1024GiB, as 256MiB", "free disk below which POST /metrics answers 503");
    public static readonly SettingKey HistoryRetention = One("history.retention", "--history-retention", "TIME", "a time from 1m to 3650d, as 90m, 12h or 7d", "how long alarms, attempts and dead letters can be asked for");
    public static readonly SettingKey WebhooksAllowedHosts = Many("webhooks.allowed-hosts", "--webhooks-allowed-hosts", "HOST,…", "HOST or HOST:PORT without scheme, path or wildcard, at least one", "hosts a rule's webhook may point to");
    public static readonly SettingKey WebhooksSigningKey = One("webhooks.signing-key", "--webhooks-signing-key", "KEY", "24 to 64 bytes as text, or as whsec_ and base64; empty means no receivers of JSON", "signs requests to receivers of JSON; better in the environment than on the command line") with { IsSecret = true };
    public static readonly SettingKey NoticesMaxAge = One("notices.max-age", "--notices-max-age", "TIME", "off, or a time from 1m to 3650d, as 90m, 12h or 7d", "an alarm older than this when its turn comes is a dead letter instead of a message");
    public static readonly SettingKey Pipelines = Many("pipelines", "--pipeline", "FILE", "files that describe a pipeline in YAML, HOCON or JSON, the same on every node", "pipelines of windows that this cluster runs; repeatable");
    public static readonly SettingKey InfluxToken = One("influxdb.token", "--influxdb-token", "TOKEN", "a token, or user:password for InfluxDB 1.x, in printable characters of ASCII; empty where nothing is asked for", "what sinks of type influxdb show; better in the environment than on the command line") with { IsSecret = true };
    public static readonly SettingKey InfluxAllowedHosts = Many("influxdb.allowed-hosts", "--influxdb-allowed-hosts", "HOST,…", "HOST or HOST:PORT without scheme, path or wildcard", "hosts that sinks of pipelines made over HTTP may write to");
    public static readonly SettingKey OpenNetwork = One("open-network", "--open-network", "on|off", "on or off", "on: listen beyond loopback although nobody is asked for a token");

    /// <summary>In the order of reference.conf.</summary>
    public static readonly IReadOnlyList<SettingKey> All =
    [
        ClusterName, Roles, RemotingHost, RemotingPublicHost, RemotingPort, Seeds, Data, HttpUrl, HttpAllowedHosts, ManagementHost, ManagementPort,
        AuthMode, AuthKey, AuthKeyFile, AuthAuthority, AuthAudience,
        StorageBackend, PostgresConnectionString, StateSurvivesPowerLoss, TopicsBackend, KafkaServers, KafkaMetricsTopic, KafkaRulesTopic, KafkaPartitioner, KafkaClient,
        MetricsPartitions, MetricsRetention, MetricsMaxFuture, MetricsExtraPort, IngestUncommittedMax, IngestFreeDiskMin, HistoryRetention, WebhooksAllowedHosts, WebhooksSigningKey, NoticesMaxAge, Pipelines, InfluxToken, InfluxAllowedHosts, OpenNetwork,
    ];

    /// <summary>A time as settings spell it (<c>90m</c>, <c>1.5h</c>); null: none.</summary>
    public static TimeSpan? TimeOf(string text) => SettingValue.Time(text);

    private static SettingKey One(string key, string flag, string valueName, string allowed, string meaning) => new($"{Root}.{key}", flag, valueName, false, allowed, meaning);

    private static SettingKey Many(string key, string flag, string valueName, string allowed, string meaning) => new($"{Root}.{key}", flag, valueName, true, allowed, meaning);
}
