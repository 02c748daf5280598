using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class SettingFaultsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Refused => new()
    {
        { "actorstream.cluster.name", "" }, { "actorstream.cluster.name", "-x" }, { "actorstream.cluster.name", "two words" }, { "actorstream.cluster.name", new string('n', 64) },
        { "actorstream.roles", "edge,boss" }, { "actorstream.roles", "edge,edge" },
        { "actorstream.remoting.host", "not a host" }, { "actorstream.remoting.port", "65536" }, { "actorstream.remoting.port", "-1" }, { "actorstream.remoting.port", "4e3" },
        { "actorstream.remoting.public-host", "0.0.0.0" },
        { "actorstream.seeds", "127.0.0.1" }, { "actorstream.seeds", "127.0.0.1:0" }, { "actorstream.seeds", "::1:4053" }, { "actorstream.seeds", "a:1,a:1" },
        { "actorstream.data", "" },
        { "actorstream.http.url", "8080" }, { "actorstream.http.url", "https://127.0.0.1:8080" }, { "actorstream.http.url", "http://127.0.0.1" }, { "actorstream.http.url", "http://127.0.0.1:8080/api" }, { "actorstream.http.url", "http://edge.example.org:8080" }, { "actorstream.http.url", "," },
        { "actorstream.http.allowed-hosts", "*" }, { "actorstream.http.allowed-hosts", "example.org:80" },
        { "actorstream.management.host", "http://127.0.0.1" }, { "actorstream.management.host", "localhost" }, { "actorstream.management.port", "nine" },
        { "actorstream.storage.backend", "mysql" }, { "actorstream.storage.state-survives-power-loss", "perhaps" },
        { "actorstream.topics.backend", "kafak" }, { "actorstream.kafka.bootstrap-servers", "kafka" }, { "actorstream.kafka.bootstrap-servers", "a:1,a:1" },
        { "actorstream.kafka.metrics-topic", "two words" }, { "actorstream.kafka.rules-topic", "metrics" }, { "actorstream.kafka.partitioner", "random" },
        { "actorstream.metrics.partitions", "0" }, { "actorstream.metrics.partitions", "257" }, { "actorstream.metrics.partitions", "4.0" },
        { "actorstream.metrics.retention", "59s" }, { "actorstream.metrics.retention", "7" }, { "actorstream.metrics.retention", "3651d" }, { "actorstream.metrics.retention", "d" }, { "actorstream.metrics.retention", "1.2.3h" },
        { "actorstream.metrics.max-future", "999ms" }, { "actorstream.metrics.max-future", "on" }, { "actorstream.metrics.max-future", "3651d" }, { "actorstream.metrics.max-future", "60" },
        { "actorstream.webhooks.allowed-hosts", "https://discord.com" }, { "actorstream.webhooks.allowed-hosts", "*.discord.com" }, { "actorstream.webhooks.allowed-hosts", "discord.com:0" }, { "actorstream.webhooks.allowed-hosts", "," },
        { "actorstream.notices.max-age", "59s" }, { "actorstream.notices.max-age", "on" }, { "actorstream.notices.max-age", "3651d" },
        { "actorstream.open-network", "1" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_value_out_of_bounds_is_one_fault_with_its_key_the_value_and_what_is_allowed(string name, string value)
    {
        var key = SettingsTable.All.Single(k => k.Key == name);

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = new Dictionary<string, IReadOnlyList<string>> { [name] = [value] } });

        Assert.Null(reading.Settings);
        var fault = Assert.Single(reading.Faults);
        Assert.Equal(name, fault.Where);
        Assert.Equal(key.Flag, fault.Source);
        Assert.Contains(key.Allowed, fault.Allowed);
        Assert.All(value.Split(',', StringSplitOptions.RemoveEmptyEntries), v => Assert.Contains(v, fault.Given));
    }

    [Fact]
    public void A_key_that_is_too_short_is_refused_and_never_printed()
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = new Dictionary<string, string> { ["ACTORSTREAM_WEBHOOKS_SIGNING_KEY"] = "hunter2" } });

        var fault = Assert.Single(reading.Faults);
        Assert.Equal(("actorstream.webhooks.signing-key", "***"), (fault.Where, fault.Given));
        Assert.DoesNotContain(reading.Effective, e => e.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Accepted => new()
    {
        { "actorstream.remoting.host", "::1" }, { "actorstream.seeds", "[::1]:4053" }, { "actorstream.seeds", "actorstream-0.actorstream:4053" }, { "actorstream.remoting.port", "0" },
        { "actorstream.http.url", "http://[::1]:8081/" }, { "actorstream.http.url", "http://localhost:0" }, { "actorstream.metrics.retention", "1m" }, { "actorstream.metrics.retention", "1.5 h" },
        { "actorstream.metrics.partitions", "256" }, { "actorstream.open-network", "TRUE" }, { "actorstream.storage.backend", "SQLite" }, { "actorstream.webhooks.allowed-hosts", "127.0.0.1:80" }, { "actorstream.roles", "" },
        { "actorstream.metrics.max-future", "off" }, { "actorstream.metrics.max-future", "1s" }, { "actorstream.metrics.max-future", "3650d" },
        { "actorstream.notices.max-age", "off" }, { "actorstream.notices.max-age", "1m" }, { "actorstream.webhooks.signing-key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }, { "actorstream.webhooks.signing-key", "" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void A_value_at_its_bound_is_taken(string name, string value)
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = new Dictionary<string, IReadOnlyList<string>> { [name] = [value] } });

        Assert.Empty(reading.Faults);
    }

    [Fact]
    public void All_faults_of_all_sources_are_listed_at_once()
    {
        var file = FileOf("""
            actorstream {
              http { urls = ["http://127.0.0.1:1"] }
              metrics { partitions = 1000 }
              storage = sqlite
              roles { edge = on }
              data = [a, b]
            }
            actorsteam { data = x }
            """);
        var environment = new Dictionary<string, string> { ["ACTORSTREAM_OPEN_NETWORK"] = "maybe" };
        var commandLine = new Dictionary<string, IReadOnlyList<string>> { ["actorstream.remoting.port"] = ["x"] };

        var reading = NodeSettingsReader.Read(new SettingsInput(commandLine, environment, file));

        Assert.Equal(
            ["actorsteam", "actorstream.data", "actorstream.http.urls", "actorstream.metrics.partitions", "actorstream.open-network", "actorstream.remoting.port", "actorstream.roles", "actorstream.storage"],
            reading.Faults.Select(f => f.Where).Order(StringComparer.Ordinal));
        Assert.Contains("actorstream.http.url", reading.Faults.Single(f => f.Where == "actorstream.http.urls").Allowed);
        Assert.Contains("actorstream.storage.backend", reading.Faults.Single(f => f.Where == "actorstream.storage").Allowed);
        Assert.Equal(["ACTORSTREAM_OPEN_NETWORK", "--port", file], new[] { "actorstream.open-network", "actorstream.remoting.port", "actorstream.data" }.Select(w => reading.Faults.Single(f => f.Where == w).Source));
    }

    [Theory]
    [InlineData("actorstream { remoting { port = 1 }, data = x }")]
    [InlineData("actorstream { data = ${HOME} }")]
    [InlineData("actorstream { data = \"x")]
    [InlineData("actorstream { ")]
    [InlineData("actorstream { roles = [worker")]
    [InlineData("actorstream { data = x } }")]
    [InlineData("actorstream.http.url = http://127.0.0.1:8080\n")]
    public void A_text_the_parser_refuses_is_a_fault_that_names_the_traps(string text)
    {
        var file = FileOf(text);

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { ConfigFile = file });

        Assert.Null(reading.Settings);
        var fault = Assert.Single(reading.Faults);
        Assert.Equal(file, fault.Where);
        Assert.Contains("closing brace", fault.Allowed);
        Assert.Contains("ACTORSTREAM_", fault.Allowed);
    }

    [Theory]
    [InlineData("# {\nactorstream { data = \"a { b\" // [\n}")]
    [InlineData("actorstream { data = \"\"\"a\n\"b\"\"\" }")]
    [InlineData("actorstream { data = \"a\\\"b\" }")]
    [InlineData("\n# only a comment\n")]
    public void Braces_in_comments_and_quotes_are_text(string text)
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { ConfigFile = FileOf(text) });

        Assert.Empty(reading.Faults);
    }

    [Fact]
    public void A_missing_file_is_a_fault()
    {
        var path = Path.Combine(_folder, "none.hocon");

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { ConfigFile = path });

        var fault = Assert.Single(reading.Faults);
        Assert.Equal("--config", fault.Where);
        Assert.Contains(path, fault.Given);
    }

    [Theory]
    [InlineData("actorstream.remoting.host", "10.0.0.1")]
    [InlineData("actorstream.management.host", "0.0.0.0")]
    [InlineData("actorstream.http.url", "http://0.0.0.0:8080")]
    [InlineData("actorstream.http.url", "http://[::]:8080")]
    public void Beyond_loopback_needs_a_network_that_was_declared_open(string name, string value)
    {
        var closed = new Dictionary<string, IReadOnlyList<string>> { [name] = [value] };
        var open = new Dictionary<string, IReadOnlyList<string>>(closed) { ["actorstream.open-network"] = ["on"] };

        var refused = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = closed });
        var taken = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = open });

        Assert.Equal(name, Assert.Single(refused.Faults).Where);
        Assert.Contains("actorstream.open-network", refused.Faults[0].Allowed);
        Assert.Empty(taken.Faults);
    }

    [Fact]
    public void A_wildcard_needs_a_name_the_others_can_call()
    {
        var commandLine = new Dictionary<string, IReadOnlyList<string>> { ["actorstream.remoting.host"] = ["0.0.0.0"], ["actorstream.open-network"] = ["on"] };

        var nameless = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = commandLine });
        commandLine["actorstream.remoting.public-host"] = ["node-0.actorstream"];
        var named = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = commandLine });

        Assert.Equal("actorstream.remoting.public-host", Assert.Single(nameless.Faults).Where);
        Assert.Equal(new RemotingSettings("0.0.0.0", "node-0.actorstream", 4053), named.Settings!.Remoting);
    }

    [Theory]
    [InlineData("edge", 1)]
    [InlineData("worker", 0)]
    public void Two_listeners_on_one_port_are_refused_unless_one_of_them_never_opens(string role, int faults)
    {
        var commandLine = new Dictionary<string, IReadOnlyList<string>> { ["actorstream.management.port"] = ["8080"], ["actorstream.roles"] = [role] };

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = commandLine });

        Assert.Equal(faults, reading.Faults.Count);
    }

    private string FileOf(string text)
    {
        var path = Path.Combine(_folder, "node.hocon");
        File.WriteAllText(path, text);
        return path;
    }
}
