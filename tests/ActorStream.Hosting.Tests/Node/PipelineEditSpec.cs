using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Hosting.Tests.Pipelines;
using ActorStream.Node.Cli;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>Pipelines over HTTP and from the command line, on a whole node that one file names the pipeline <c>orders</c> to.</summary>
public sealed class PipelineEditSpec : IAsyncLifetime
{
    private const string Clicks = """{"source":{"type":"topic","topic":"clicks-in"},"windows":[{"type":"tumbling","size_ms":1000}],"key_groups":4}""";
    private const string Session = ",{\"type\":\"session\",\"gap_ms\":5000}";

    private RunningNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await RunningNode.StartAsync(change: s => s with { Pipelines = [OrdersPipeline.Spec] }, more: [(SettingsTable.InfluxAllowedHosts, "influx:8086")]);
        await _node.UntilAsync("/ready", (status, _) => status == 200);
        await _node.Parts.Pipelines.Complete;
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_pipeline_is_made_changed_deleted_and_made_again_and_what_does_not_fit_is_refused_with_the_plan()
    {
        var made = await PutAsync("clicks", Clicks);
        var same = await PutAsync("clicks", Clicks);
        var shown = await _node.GetAsync("/pipelines/clicks");
        var given = await PutAsync("clicks", shown.Body);
        var changed = await PutAsync("clicks", With(Session));
        var refused = await PutAsync("clicks", With(Session).Replace("\"key_groups\":4", "\"key_groups\":5", StringComparison.Ordinal));
        var drops = await PutAsync("clicks", Clicks);
        var dropped = await PutAsync("clicks?drop=true", Clicks);
        var plan = await _node.SendAsync(HttpMethod.Post, "/pipelines/clicks/plan", With(Session));
        var deleted = await _node.SendAsync(HttpMethod.Delete, "/pipelines/clicks");
        var gone = await _node.GetAsync("/pipelines/clicks");
        var again = await PutAsync("clicks", Clicks);

        Assert.Equal([201, 200, 200, 200, 200, 409, 409, 200, 200, 200, 404, 201], new[] { made, same, shown, given, changed, refused, drops, dropped, plan, deleted, gone, again }.Select(a => a.Status));
        Assert.Equal(["unchanged", "unchanged", "changed", "changed"], new[] { same, given, changed, plan }.Select(a => Text(a.Body, "outcome")));
        Assert.StartsWith("refused key_groups: 4 -> 5", Assert.Single(JsonDocument.Parse(refused.Body).RootElement.GetProperty("errors").EnumerateArray()).GetString());
        Assert.Contains("drop=true", Text(drops.Body, "detail"));
        Assert.Equal(1, _node.Parts.Storage.Topics.PartitionsOf("results.clicks"));
    }

    [Fact]
    public async Task What_a_file_of_the_node_names_is_changed_there_and_not_over_http()
    {
        var put = await PutAsync("orders", Clicks.Replace("clicks-in", OrdersPipeline.Topic, StringComparison.Ordinal));
        var delete = await _node.SendAsync(HttpMethod.Delete, "/pipelines/orders");

        Assert.Equal((409, 409), (put.Status, delete.Status));
        Assert.All([put, delete], a => Assert.Contains("Change the file and restart the nodes", Text(a.Body, "detail")));
        Assert.NotNull(_node.Parts.Pipelines.Current.Find("orders"));
    }

    [Fact]
    public async Task What_touches_a_node_or_an_address_nobody_has_allowed_is_refused_all_at_once()
    {
        var refused = await PutAsync("clicks", """
            {"source":{"type":"file","paths":["/etc/passwd"]},"windows":[{"type":"tumbling","size_ms":1000}],"sinks":[
            {"type":"file","name":"a","target":"/tmp/x"},{"type":"console","name":"b"},{"type":"influxdb","name":"c","target":"http://169.254.169.254/?db=x"},{"type":"influxdb","name":"d","target":"http://influx:8086/?db=x"},{"type":"kafka","name":"e","target":"t"}]}
            """);
        var allowed = await PutAsync("clicks", Clicks.Insert(1, "\"sinks\":[{\"type\":\"influxdb\",\"name\":\"d\",\"target\":\"http://INFLUX:8086/?db=x\"}],"));

        Assert.Equal((400, 201), (refused.Status, allowed.Status));
        var errors = JsonDocument.Parse(refused.Body).RootElement.GetProperty("errors").EnumerateArray().Select(e => e.GetString()!).ToList();
        Assert.Equal(5, errors.Count);
        Assert.StartsWith("source.type is file", errors[0]);
        Assert.StartsWith("sinks[0].type is file", errors[1]);
        Assert.StartsWith("sinks[1].type is console", errors[2]);
        Assert.StartsWith("sinks[2].target points to 169.254.169.254; over HTTP allowed: influx:8086.", errors[3]);
        Assert.Contains("no sink of type kafka where actorstream.topics.backend is embedded", errors[4]);
    }

    [Fact]
    public async Task The_command_line_plans_and_applies_a_file_and_says_by_its_code_whether_it_fits()
    {
        using var file = new TemporaryFile("clicks.json", Clicks);
        var planned = await RunAsync("plan", file.Path);
        var isMadeByPlan = _node.Parts.Pipelines.Current.Find("clicks") is not null;
        var made = await RunAsync("apply", file.Path);
        var stays = await RunAsync("plan", file.Path);
        file.Write(With(Session));
        var change = await RunAsync("plan", file.Path);
        var changed = await RunAsync("apply", file.Path);
        file.Write(Clicks);
        var loss = await RunAsync("plan", file.Path);
        var drops = await RunAsync("apply", file.Path);
        var dropped = await RunAsync("apply", file.Path, "--drop");
        file.Write(Clicks.Replace("1000", "0", StringComparison.Ordinal).Replace("clicks-in", "", StringComparison.Ordinal));
        var faulty = await RunAsync("plan", file.Path);
        file.Write(Clicks.Replace("\"key_groups\":4", "\"key_groups\":5", StringComparison.Ordinal));
        var refusal = await RunAsync("plan", file.Path);

        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 0, 1, 1], new[] { planned, made, stays, change, changed, loss, drops, dropped, faulty, refusal }.Select(r => r.Code));
        Assert.False(isMadeByPlan);
        Assert.Equal(("pipeline clicks: would be made\n", "pipeline clicks: made\n", "pipeline clicks: would stay as it is\n"), (planned.Output, made.Output, stays.Output));
        Assert.Equal("pipeline clicks: changed\n  keeps  windows.session  new: session with a gap of 5000 ms\n                          It begins with the events that are read from here on.\n", changed.Output);
        Assert.Equal(changed.Output.Replace(": changed", ": would be changed", StringComparison.Ordinal), change.Output);
        Assert.Equal("pipeline clicks: drops\n  drops  windows.session  gone: session with a gap of 5000 ms\n                          What its open windows hold is lost.\n", drops.Output);
        Assert.Equal(drops.Output.Replace(": drops", ": would lose state", StringComparison.Ordinal), loss.Output);
        Assert.StartsWith("pipeline clicks: would be refused\n  refused  key_groups  4 -> 5\n", refusal.Output);
        Assert.Contains("Send drop=true if that is wanted", drops.Error);
        Assert.StartsWith("2 faults in ", faulty.Error);
    }

    [Fact]
    public async Task The_command_line_says_what_it_cannot_reach_or_read()
    {
        using var file = new TemporaryFile("clicks.json", Clicks);

        var nobody = await RunAsync(["plan", file.Path, "--url", "http://127.0.0.1:1"], url: null);
        var noFile = await RunAsync("apply", "/nowhere/clicks.json");
        var noUrl = await RunAsync(["apply", file.Path, "--url", "8080"], url: null);

        Assert.Equal((ExitCode.Failed, ExitCode.Failed, ExitCode.Usage), (nobody.Code, noFile.Code, noUrl.Code));
        Assert.Contains("127.0.0.1:1", nobody.Error);
        Assert.Contains("/nowhere/clicks.json does not exist", noFile.Error);
        Assert.Contains("give http://HOST:PORT", noUrl.Error);
    }

    [Fact]
    public async Task A_node_whose_file_does_not_fit_refuses_to_start_and_leaves_what_runs()
    {
        var settings = _node.Parts.Settings with { Pipelines = [OrdersPipeline.Spec with { KeyGroups = 5 }] };
        var before = _node.Parts.Pipelines.Current.Position;

        var refused = await Assert.ThrowsAsync<PipelinesRefusedException>(() => ActorStream.Node.NodeHost.OpenStorageAsync(settings, CancellationToken.None));
        var code = await ActorStream.Node.NodeHost.RunAsync(settings, CancellationToken.None);

        Assert.Contains("refused key_groups: 4 -> 5", refused.Message);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(before, _node.Parts.Pipelines.Current.Position);
    }

    private static string With(string window) => Clicks.Replace("}],", $"}}{window}],", StringComparison.Ordinal);

    private static string? Text(string json, string member) => JsonDocument.Parse(json).RootElement.GetProperty(member).GetString();

    private Task<(int Status, string Body)> PutAsync(string rest, string json) => _node.SendAsync(HttpMethod.Put, $"/pipelines/{rest}", json);

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] command) => RunAsync(command, _node.Edge);

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] command, Uri? url)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ActorStreamCommand.RunAsync(url is null ? command : [.. command, "--url", url.ToString()], output, error);
        return (code, output.ToString().Replace("\r", "", StringComparison.Ordinal), error.ToString());
    }

    private sealed class TemporaryFile : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("as-pipeline-").FullName;

        public TemporaryFile(string name, string text)
        {
            Path = System.IO.Path.Combine(_folder, name);
            Write(text);
        }

        public string Path { get; }

        public void Write(string text) => File.WriteAllText(Path, text);

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
