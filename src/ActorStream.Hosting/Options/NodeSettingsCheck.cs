using ActorStream.Domain.Notices;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Pipelines;
using Akka.Configuration;
using static ActorStream.Hosting.Options.SettingsTable;

namespace ActorStream.Hosting.Options;

/// <summary>Raw texts to settings: each key by itself, then what must hold between keys. Faults gather; a faulty value goes on as a harmless one.</summary>
internal sealed class NodeSettingsCheck(IReadOnlyDictionary<string, RawSetting> raw)
{
    private readonly List<SettingFault> _faults = [];

    public IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>To be thrown away when <see cref="Faults"/> holds anything.</summary>
    public NodeSettings Build(Config akka)
    {
        var host = Text(RemotingHost, SettingValue.IsHost);
        var publicHost = Text(RemotingPublicHost, v => v.Length == 0 || (SettingValue.IsHost(v) && !SettingValue.IsWildcard(v)));
        var settings = new NodeSettings(
            Text(ClusterName, SettingValue.IsName),
            RolesGiven(),
            new RemotingSettings(host, publicHost.Length == 0 ? host : publicHost, Whole(RemotingPort, 0, 65535)),
            Items(Seeds, v => SettingValue.HostAndPort(v, 1)),
            Folder(),
            new HttpSettings(Urls(), Items(HttpAllowedHosts, v => SettingValue.IsHost(v) ? (string?)v.ToLowerInvariant() : null)),
            new ManagementSettings(Text(ManagementHost, SettingValue.IsAddress), Whole(ManagementPort, 0, 65535)),
            new AuthCheck(raw, Fault).Read(),
            new StorageSettings(Backend(), OnOff(StateSurvivesPowerLoss), Raw(PostgresConnectionString)),
            new MetricsSettings(Whole(MetricsPartitions, 1, 256), Time(MetricsRetention), MaxFuture(), ExtraPort()),
            new IngestSettings(Whole(IngestUncommittedMax, 1_000, 1_000_000_000), FreeDisk()),
            Time(HistoryRetention),
            new WebhookSettings(WebhookHosts(), Key()),
            new NoticeSettings(MaxAge()),
            OnOff(OpenNetwork),
            akka)
        {
            Kafka = Kafka(), Pipelines = PipelinesGiven(), InfluxToken = new InfluxToken(Text(SettingsTable.InfluxToken, v => v.All(c => c is >= ' ' and <= '~'))),
            InfluxAllowedHosts = Items(InfluxAllowedHosts, HostIn),
        };
        if (_faults.Count == 0)
            Together(settings);
        return settings;
    }

    private void Together(NodeSettings s)
    {
        if (SettingValue.IsWildcard(s.Remoting.PublicHost))
            Fault(RemotingPublicHost, $"an address other nodes can reach, because {RemotingHost.Key} is {s.Remoting.Host}, which is none");
        if (s.Storage is { Backend: Options.StorageBackend.Postgres, PostgresConnectionString.Length: 0 })
            Fault(PostgresConnectionString, $"given, in a file or as {PostgresConnectionString.EnvironmentName}: {PostgresConnectionString.Allowed}");
        foreach (var fault in s.Pipelines.SelectMany(p => SinkPlaces.Faults(p, s.Kafka)))
            Fault(SettingsTable.Pipelines, fault);
        foreach (var (key, host) in Listening(s))
            if (!s.OpenNetwork && !SettingValue.IsLoopback(host) && (!s.Auth.IsOn || key == RemotingHost))
                Fault(key, $"a loopback address such as 127.0.0.1, because no token is asked for; {Remedy(key)}");
        var ports = new List<(SettingKey Key, int Port)> { (RemotingPort, s.Remoting.Port), (ManagementPort, s.Management.Port) };
        if (s.Metrics.ExtraPort is { } extra)
            ports.Add((MetricsExtraPort, extra));
        if (s.HasRole(NodeRoles.Edge))
            ports.AddRange(s.Http.Urls.Select(u => new Uri(u).Port).Distinct().Select(p => (HttpUrl, p)));
        foreach (var clash in ports.Where(p => p.Port != 0).GroupBy(p => p.Port).Where(g => g.Count() > 1))
            Fault(clash.Last().Key, $"a port that {clash.First().Key.Key} does not have already");
    }

    // Remoting knows no tokens: whoever reaches it is a member.
    private static string Remedy(SettingKey key)
    {
        var guarded = $"where a container network, network policy or proxy is the guard, set {OpenNetwork.Key} = on";
        return key == RemotingHost ? guarded : $"ask for one with {SettingsTable.AuthMode.Key}, or, {guarded}";
    }

    private static IEnumerable<(SettingKey Key, string Host)> Listening(NodeSettings s)
    {
        yield return (RemotingHost, s.Remoting.Host);
        yield return (ManagementHost, s.Management.Host);
        if (s.HasRole(NodeRoles.Edge))
            foreach (var url in s.Http.Urls)
                yield return (HttpUrl, new Uri(url).Host);
    }

    private IReadOnlyList<string> RolesGiven()
    {
        var roles = Items(Roles, v => NodeRoles.All.Contains(v) ? v : null);
        return roles.Count == 0 ? NodeRoles.All : roles;
    }

    private IReadOnlyList<string> Urls()
    {
        var urls = Items(HttpUrl, SettingValue.HttpUrl);
        if (raw[HttpUrl.Key].Values.Count == 0)
            Fault(HttpUrl, HttpUrl.Allowed + ", at least one");
        return urls;
    }

    private IReadOnlyList<string> WebhookHosts()
    {
        if (raw[WebhooksAllowedHosts.Key].Values.Count == 0)
            Fault(WebhooksAllowedHosts, WebhooksAllowedHosts.Allowed);
        return Items(WebhooksAllowedHosts, HostIn);
    }

    private static string? HostIn(string v) => SettingValue.IsHost(v) || SettingValue.HostAndPort(v, 1) is not null ? v.ToLowerInvariant() : null;

    private StorageBackend Backend()
    {
        var given = Text(SettingsTable.StorageBackend, v => v.Equals("sqlite", StringComparison.OrdinalIgnoreCase) || v.Equals("postgres", StringComparison.OrdinalIgnoreCase));
        return given.Equals("postgres", StringComparison.OrdinalIgnoreCase) ? Options.StorageBackend.Postgres : Options.StorageBackend.Sqlite;
    }

    /// <summary>All is checked even where nothing of it is used: a file is to be good before somebody switches.</summary>
    private KafkaSettings? Kafka()
    {
        var isUsed = Text(TopicsBackend, v => v is "embedded" or "kafka") == "kafka";
        var kafka = new KafkaSettings(
            Items(KafkaServers, v => SettingValue.HostAndPort(v, 1)),
            Text(KafkaMetricsTopic, SettingValue.IsTopic),
            Text(KafkaRulesTopic, v => SettingValue.IsTopic(v) && v != Raw(KafkaMetricsTopic)),
            Text(SettingsTable.KafkaPartitioner, v => v is "murmur2_random" or "consistent_random" or "ours"),
            ClientGiven());
        if (isUsed && raw[KafkaServers.Key].Values.Count == 0)
            Fault(KafkaServers);
        return isUsed ? kafka : null;
    }

    private IReadOnlyDictionary<string, string> ClientGiven()
    {
        var given = raw[KafkaClient.Key].Values.Select(v => v.Split('=', 2, StringSplitOptions.TrimEntries)).ToList();
        if (given.All(g => g.Length == 2 && SettingValue.IsKafkaClientName(g[0])) && given.DistinctBy(g => g[0]).Count() == given.Count)
            return given.ToDictionary(g => g[0], g => g[1], StringComparer.Ordinal);
        Fault(KafkaClient);
        return new Dictionary<string, string>();
    }

    /// <summary>All faults of all files.</summary>
    private IReadOnlyList<PipelineSpec> PipelinesGiven()
    {
        var specs = new List<PipelineSpec>();
        foreach (var file in raw[SettingsTable.Pipelines.Key].Values)
        {
            var reading = ReadPipeline(file);
            foreach (var fault in reading.Faults)
                _faults.Add(new SettingFault(SettingsTable.Pipelines.Key, file, fault.TrimEnd('.'), raw[SettingsTable.Pipelines.Key].Source));
            if (reading.Spec is { } spec)
                specs.Add(spec);
        }
        foreach (var fault in Topology.Faults(specs))
            Fault(SettingsTable.Pipelines, fault.TrimEnd('.'));
        return specs;
    }

    private static PipelineReading ReadPipeline(string file)
    {
        try
        {
            return PipelineFile.Read(File.ReadAllText(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PipelineReading(null, [$"a file that can be read ({e.Message})"]);
        }
    }

    private string Folder()
    {
        var given = Text(Data, v => v.Length > 0 && !v.Contains('\0'));
        return given.Length == 0 ? given : Path.GetFullPath(given);
    }

    private SigningKey? Key()
    {
        if (Raw(WebhooksSigningKey).Length == 0)
            return null;
        var key = SigningKey.Parse(Raw(WebhooksSigningKey));
        if (key is null)
            Fault(WebhooksSigningKey);
        return key;
    }

    private TimeSpan? MaxAge() => SettingValue.OnOff(Raw(NoticesMaxAge)) == false ? null : Time(NoticesMaxAge);

    private int? ExtraPort() => SettingValue.OnOff(Raw(MetricsExtraPort)) == false ? null : Whole(MetricsExtraPort, 1, 65535);

    private TimeSpan? MaxFuture() => SettingValue.OnOff(Raw(MetricsMaxFuture)) == false ? null : Time(MetricsMaxFuture, TimeSpan.FromSeconds(1));

    /// <summary>From a minute to ten years.</summary>
    private TimeSpan Time(SettingKey key) => Time(key, TimeSpan.FromMinutes(1));

    private TimeSpan Time(SettingKey key, TimeSpan least)
    {
        if (SettingValue.Time(Raw(key)) is { } time && time >= least && time <= TimeSpan.FromDays(3650))
            return time;
        Fault(key);
        return TimeSpan.FromDays(1);
    }

    private long FreeDisk()
    {
        if (SettingValue.Bytes(Raw(IngestFreeDiskMin)) is { } bytes and <= 1L << 40)
            return bytes;
        Fault(IngestFreeDiskMin);
        return 0;
    }

    private int Whole(SettingKey key, int least, int most)
    {
        if (SettingValue.Whole(Raw(key), least, most) is { } value)
            return value;
        Fault(key);
        return least;
    }

    private bool OnOff(SettingKey key)
    {
        if (SettingValue.OnOff(Raw(key)) is { } value)
            return value;
        Fault(key);
        return false;
    }

    private string Text(SettingKey key, Func<string, bool> allowed)
    {
        if (allowed(Raw(key)))
            return Raw(key);
        Fault(key);
        return "";
    }

    private IReadOnlyList<T> Items<T>(SettingKey key, Func<string, T?> parse) where T : class =>
        Items(key, v => parse(v) is { } item ? (true, item) : (false, default!));

    private IReadOnlyList<T> Items<T>(SettingKey key, Func<string, T?> parse) where T : struct =>
        Items(key, v => parse(v) is { } item ? (true, item) : (false, default(T)));

    private IReadOnlyList<T> Items<T>(SettingKey key, Func<string, (bool Good, T Item)> parse)
    {
        var parsed = raw[key.Key].Values.Select(parse).ToList();
        var items = parsed.Where(p => p.Good).Select(p => p.Item).ToList();
        if (items.Count < parsed.Count || items.Distinct().Count() < items.Count)
            Fault(key);
        return items;
    }

    private string Raw(SettingKey key) => raw[key.Key].Values[0];

    private void Fault(SettingKey key, string? allowed = null)
    {
        var (values, source) = raw[key.Key];
        var given = key.IsList ? $"[{string.Join(", ", values)}]" : $"\"{values[0]}\"";
        _faults.Add(new SettingFault(key.Key, key.IsSecret ? "***" : given, allowed ?? key.Allowed, source));
    }
}
