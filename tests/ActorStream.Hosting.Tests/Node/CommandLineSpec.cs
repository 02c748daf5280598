using ActorStream.Hosting.Options;
using ActorStream.Node.Cli;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class CommandLineSpec
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Without_arguments_there_is_help_and_success()
    {
        var code = await RunAsync();

        Assert.Equal(ExitCode.Done, code);
        foreach (var command in new[] { "node", "check", "local", "demo", "emulate" })
            Assert.Contains(command, _output.ToString());
        Assert.Empty(_error.ToString());
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("node", "--nope")]
    [InlineData("node", "--port", "1", "--port", "2")]
    [InlineData("node", "--port", "x")]
    [InlineData("emulate")]
    [InlineData("emulate", "constant", "a", "1")]
    [InlineData("emulate", "constant", "a", "one", "1")]
    [InlineData("emulate", "constant", "a", "1", "0")]
    [InlineData("emulate", "constant", "a", "1", "1", "machine_id")]
    [InlineData("emulate", "constant", "a", "1", "1", "--edge", "8080")]
    [InlineData("emulate", "spikes", "a", "1", "2", "1", "0")]
    [InlineData("emulate", "stairs", "a", "1", "5", "-1", "1")]
    [InlineData("emulate", "stairs", "a", "1", "x", "0", "1")]
    [InlineData("local", "--nodes", "0")]
    [InlineData("demo", "--seconds", "0")]
    public async Task What_cannot_be_understood_is_told_on_stderr_with_code_2(params string[] args)
    {
        var code = await RunAsync(args);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(_output.ToString());
        Assert.NotEmpty(_error.ToString());
    }

    [Fact]
    public async Task A_usage_fault_shows_the_usage_of_the_command_that_was_meant()
    {
        await RunAsync("emulate", "spikes", "a");

        Assert.Contains("emulate spikes <NAME>", _error.ToString());
    }

    [Fact]
    public async Task Help_of_node_names_every_setting_with_its_environment_name()
    {
        var code = await RunAsync("node", "--help");

        Assert.Equal(ExitCode.Done, code);
        Assert.All(SettingsTable.All, k =>
        {
            Assert.Contains(k.Flag + " ", _output.ToString());
            Assert.Contains(k.EnvironmentName, string.Concat(_output.ToString().Where(c => !char.IsWhiteSpace(c))));
        });
        Assert.DoesNotContain("stop-with-stdin", _output.ToString());
    }

    [Fact]
    public async Task Check_prints_every_setting_with_its_source_and_takes_the_flags_of_node()
    {
        var code = await RunAsync("check", "--port", "4999");

        Assert.Equal(ExitCode.Done, code);
        Assert.All(SettingsTable.All, k => Assert.Contains(k.Key + " = ", _output.ToString()));
        Assert.Matches(@"remoting\.port = ""4999"" +# --port", _output.ToString());
    }

    [Fact]
    public async Task Check_lists_all_faults_of_a_file_and_fails()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "actorstream { remoting.port = x\n metrics.partitions = 0\n colour = red }");

        var code = await RunAsync("check", "--config", file);
        File.Delete(file);

        Assert.Equal(ExitCode.Failed, code);
        Assert.StartsWith("3 faults", _error.ToString());
        foreach (var key in new[] { "actorstream.remoting.port", "actorstream.metrics.partitions", "actorstream.colour" })
            Assert.Contains(key, _error.ToString());
    }

    [Fact]
    public void The_banner_says_what_survives_and_what_a_kill_costs()
    {
        var alone = NodeSettingsReader.Read(SettingsInput.Empty).Settings!;
        var one = alone with { Storage = new StorageSettings(StorageBackend.Sqlite, false), Seeds = [new("127.0.0.1", 1), new("127.0.0.1", 2)] };

        Assert.Contains("survives kill -9 and power loss", Banner.Of(alone));
        Assert.Contains("until this node is started again", Banner.Of(alone));
        Assert.Contains("not a power loss", Banner.Of(one));
        Assert.Contains("20 s", Banner.Of(one));
        Assert.Contains(alone.DataFolder, Banner.Of(alone));
    }

    private Task<int> RunAsync(params string[] args) => ActorStreamCommand.RunAsync(args, _output, _error);
}
