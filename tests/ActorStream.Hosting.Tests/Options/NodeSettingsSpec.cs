using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class NodeSettingsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Nothing_given_means_reference_conf_which_is_a_full_node_on_loopback()
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty);

        Assert.Empty(reading.Faults);
        var s = reading.Settings!;
        Assert.Equal("actorstream", s.ClusterName);
        Assert.Equal(["edge", "ingest", "worker"], s.Roles);
        Assert.Equal(new RemotingSettings("127.0.0.1", "127.0.0.1", 4053), s.Remoting);
        Assert.Empty(s.Seeds);
        Assert.Equal(Path.GetFullPath("actorstream-data"), s.DataFolder);
        Assert.Equal(["http://127.0.0.1:8080"], s.Http.Urls);
        Assert.Equal(new ManagementSettings("127.0.0.1", 9110), s.Management);
        Assert.Equal(new StorageSettings(StorageBackend.Sqlite, true), s.Storage);
        Assert.Equal(new MetricsSettings(4, TimeSpan.FromDays(7), MaxFuture: null), s.Metrics);
        Assert.Equal(["discord.com", "discordapp.com"], s.Webhooks.AllowedHosts);
        Assert.False(s.OpenNetwork);
        Assert.True(s.RawAkka.IsEmpty);
    }

    [Fact]
    public void Command_line_stands_before_environment_before_file_before_reference_conf()
    {
        var file = FileOf("actorstream { remoting { port = 1003 }\n management.port = 2003\n http.url = [\"http://127.0.0.1:3003\"] }");
        var environment = Environment(("ACTORSTREAM_REMOTING_PORT", "1002"), ("ACTORSTREAM_MANAGEMENT_PORT", "2002"));
        var commandLine = CommandLine((SettingsTable.RemotingPort, ["1001"]));

        var reading = NodeSettingsReader.Read(new SettingsInput(commandLine, environment, file));

        Assert.Empty(reading.Faults);
        Assert.Equal(1001, reading.Settings!.Remoting.Port);
        Assert.Equal(2002, reading.Settings.Management.Port);
        Assert.Equal(["http://127.0.0.1:3003"], reading.Settings.Http.Urls);
        Assert.Equal(4, reading.Settings.Metrics.Partitions);
        Assert.Equal(["--port", "ACTORSTREAM_MANAGEMENT_PORT", file, "default"],
            new[] { SettingsTable.RemotingPort, SettingsTable.ManagementPort, SettingsTable.HttpUrl, SettingsTable.MetricsPartitions }.Select(k => reading.Effective.Single(e => e.Key == k).Source));
    }

    [Fact]
    public void A_list_replaces_the_list_below_it_and_may_be_repeated_or_separated_by_commas()
    {
        var commandLine = CommandLine((SettingsTable.Seeds, ["127.0.0.1:1", "127.0.0.1:2,127.0.0.1:3"]));
        var environment = Environment(("ACTORSTREAM_WEBHOOKS_ALLOWED_HOSTS", "Hooks.example.org, 127.0.0.1:9999"));

        var s = NodeSettingsReader.Read(new SettingsInput(commandLine, environment, null)).Settings!;

        Assert.Equal(["akka.tcp://actorstream@127.0.0.1:1", "akka.tcp://actorstream@127.0.0.1:2", "akka.tcp://actorstream@127.0.0.1:3"], s.SeedAddresses);
        Assert.Equal(["hooks.example.org", "127.0.0.1:9999"], s.Webhooks.AllowedHosts);
    }

    [Fact]
    public void An_empty_environment_value_counts_as_absent_and_foreign_names_are_left_alone()
    {
        var environment = Environment(("ACTORSTREAM_DATA", ""), ("ACTORSTREAM_PORT", "tcp://10.0.0.1:8080"), ("ACTORSTREAM_SERVICE_HOST", "10.0.0.1"));

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = environment });

        Assert.Empty(reading.Faults);
        Assert.Equal(Path.GetFullPath("actorstream-data"), reading.Settings!.DataFolder);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("off", null)]
    [InlineData("1s", 1)]
    [InlineData("10m", 600)]
    [InlineData("3650d", 315_360_000)]
    public void There_is_no_bound_into_the_future_unless_max_future_sets_one(string? given, int? seconds)
    {
        var commandLine = given is null ? [] : CommandLine((SettingsTable.MetricsMaxFuture, [given]));

        var s = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = commandLine }).Settings!;

        Assert.Equal(seconds is { } n ? TimeSpan.FromSeconds(n) : null, s.Metrics.MaxFuture);
        Assert.Equal(("actorstream.metrics.max-future", "--metrics-max-future"), (SettingsTable.MetricsMaxFuture.Key, SettingsTable.MetricsMaxFuture.Flag));
    }

    [Fact]
    public void The_edge_listens_on_loopback_port_8080_unless_it_is_told_otherwise()
    {
        Assert.Equal(["http://127.0.0.1:8080"], NodeSettingsReader.Read(SettingsInput.Empty).Settings!.Http.Urls);
    }

    [Fact]
    public void Every_setting_is_named_by_the_same_rule_in_all_three_places()
    {
        Assert.Equal("ACTORSTREAM_HTTP_URL", SettingsTable.HttpUrl.EnvironmentName);
        Assert.Equal("ACTORSTREAM_WEBHOOKS_ALLOWED_HOSTS", SettingsTable.WebhooksAllowedHosts.EnvironmentName);
        Assert.Equal("ACTORSTREAM_STORAGE_STATE_SURVIVES_POWER_LOSS", SettingsTable.StateSurvivesPowerLoss.EnvironmentName);
        var all = SettingsTable.All;
        Assert.Equal(all.Count, all.Select(k => k.Flag).Distinct().Count());
        Assert.Equal(all.Count, all.Select(k => k.EnvironmentName).Distinct().Count());
        Assert.Equal(all.Count, NodeSettingsReader.Read(SettingsInput.Empty).Effective.Count);
    }

    [Fact]
    public void Reference_conf_explains_every_key_above_it()
    {
        var lines = NodeSettingsReader.Reference.Split('\n').Select(l => l.Trim()).ToList();

        foreach (var key in SettingsTable.All)
        {
            var last = key.Key.Split('.')[^1];
            var explained = Enumerable.Range(1, lines.Count - 1).Any(i => lines[i].StartsWith(last + " = ", StringComparison.Ordinal) && lines[i - 1].StartsWith('#'));
            Assert.True(explained, $"{key.Key} has no comment right above it in reference.conf");
        }
    }

    [Fact]
    public void The_akka_block_of_the_file_passes_through_and_nothing_else_of_it()
    {
        var file = FileOf("akka { loglevel = DEBUG, cluster.seed-node-timeout = 15s }\nactorstream { roles = [worker] }");

        var s = NodeSettingsReader.Read(SettingsInput.Empty with { ConfigFile = file }).Settings!;

        Assert.Equal("DEBUG", s.RawAkka.GetString("akka.loglevel"));
        Assert.Equal(TimeSpan.FromSeconds(15), s.RawAkka.GetTimeSpan("akka.cluster.seed-node-timeout"));
        Assert.False(s.RawAkka.HasPath("actorstream"));
        Assert.Equal(["worker"], s.Roles);
    }

    private string FileOf(string text)
    {
        var path = Path.Combine(_folder, "node.hocon");
        File.WriteAllText(path, text);
        return path;
    }

    private static Dictionary<string, string> Environment(params (string Name, string Value)[] pairs) => pairs.ToDictionary(p => p.Name, p => p.Value);

    private static Dictionary<string, IReadOnlyList<string>> CommandLine(params (SettingKey Key, string[] Values)[] pairs) => pairs.ToDictionary(p => p.Key.Key, p => (IReadOnlyList<string>)p.Values);
}
