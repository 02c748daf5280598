using System.Text.RegularExpressions;
using ActorStream.Hosting.Options;
using ActorStream.Node.Local;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed partial class DeploymentSpec
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(Root, "hocon"), "*.hocon").Select(f => Path.GetFileName(f)!)];

    private static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_in_hocon_is_valid_and_holds_only_differences(string name)
    {
        var file = Path.Combine(Root, "hocon", name);
        var environment = new Dictionary<string, string> { ["ACTORSTREAM_REMOTING_PUBLIC_HOST"] = "node-1", ["ACTORSTREAM_STORAGE_POSTGRES_CONNECTION_STRING"] = "Host=db" };
        var defaults = NodeSettingsReader.Read(SettingsInput.Empty).Effective.ToDictionary(e => e.Key.Key, e => e.Values);

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = environment, ConfigFile = file });

        Assert.Empty(reading.Faults);
        var said = reading.Effective.Where(e => e.Source == file).ToList();
        Assert.NotEmpty(said);
        // The data folder of local.hocon is the default, said because people look for it there.
        Assert.All(said.Where(e => e.Key != SettingsTable.Data), e => Assert.NotEqual(defaults[e.Key.Key], e.Values));
    }

    [Fact]
    public void The_five_files_are_there()
    {
        var names = Directory.GetFiles(Path.Combine(Root, "hocon"), "*.hocon").Select(f => Path.GetFileName(f)!);

        Assert.Equal(["cluster.hocon", "edge.hocon", "kafka.hocon", "local.hocon", "postgres.hocon", "worker.hocon"], names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("k8s/statefulset.yaml")]
    [InlineData("docker-compose.yml")]
    [InlineData("Dockerfile")]
    public void Deployments_set_only_names_that_are_settings(string path)
    {
        var names = EnvironmentName().Matches(File.ReadAllText(Path.Combine(Root, path))).Select(m => m.Value).Distinct().ToList();

        Assert.NotEmpty(names);
        Assert.All(names.Where(n => n != "ACTORSTREAM_PORT"), n => Assert.Contains(n, SettingsTable.All.Select(k => k.EnvironmentName)));
    }

    [Fact]
    public void Pods_of_Kubernetes_have_valid_settings()
    {
        const string pods = "actorstream-nodes.default.svc.cluster.local";
        var environment = new Dictionary<string, string>
        {
            ["ACTORSTREAM_REMOTING_PUBLIC_HOST"] = $"actorstream-0.{pods}",
            ["ACTORSTREAM_SEEDS"] = $"actorstream-0.{pods}:4053, actorstream-1.{pods}:4053, actorstream-2.{pods}:4053",
            ["ACTORSTREAM_HTTP_ALLOWED_HOSTS"] = "actorstream,actorstream.default,actorstream.default.svc,actorstream.default.svc.cluster.local",
        };

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = environment, ConfigFile = Path.Combine(Root, "hocon", "cluster.hocon") });

        Assert.Empty(reading.Faults);
        Assert.Equal(3, reading.Settings!.Seeds.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_local_cluster_has_valid_nodes_on_different_ports_with_the_same_seeds_and_folder(int nodes)
    {
        var folder = Path.Combine(Path.GetTempPath(), "as-plan");

        var settings = new LocalPlan(nodes, folder, WebhookHosts: "127.0.0.1:9999").Plan().Select(p => Read(p.Arguments)).ToList();

        Assert.Equal(nodes, settings.Count);
        Assert.Equal(nodes * 3, settings.SelectMany(s => new[] { s.Remoting.Port, s.Management.Port, new Uri(s.Http.Urls[0]).Port }).Distinct().Count());
        Assert.All(settings, s => Assert.Equal(settings.Take(3).Select(x => x.Remoting.Port), s.Seeds.Select(x => x.Port)));
        Assert.All(settings, s => Assert.Equal(folder, s.DataFolder));
        Assert.All(settings, s => Assert.Equal(nodes == 1, s.Storage.StateSurvivesPowerLoss));
        Assert.All(settings, s => Assert.Equal(["127.0.0.1:9999"], s.Webhooks.AllowedHosts));
    }

    private static NodeSettings Read(IReadOnlyList<string> arguments)
    {
        Assert.Equal("node", arguments[0]);
        var given = arguments.Skip(1).Chunk(2).GroupBy(p => p[0], p => p[1]).ToDictionary(g => SettingsTable.All.Single(k => k.Flag == g.Key).Key, g => (IReadOnlyList<string>)[.. g]);
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = given });
        Assert.Empty(reading.Faults);
        return reading.Settings!;
    }

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "ActorStream.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new InvalidOperationException("no ActorStream.sln above the tests"));

    [GeneratedRegex("ACTORSTREAM_[A-Z_]+")]
    private static partial Regex EnvironmentName();
}
