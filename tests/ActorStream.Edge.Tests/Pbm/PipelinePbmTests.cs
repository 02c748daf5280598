using ActorStream.Edge.Tests.Support;
using ActorStream.Pbm;

namespace ActorStream.Edge.Tests.Pbm;

public sealed class PipelinePbmTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("pipelines list", "orders  the orders  true     tumbling 10000, sliding 60000 1000")]
    [InlineData("pipelines list", "visits  the visits  false    session 30000")]
    [InlineData("pipelines show orders", "key groups     2")]
    [InlineData("windows list", "visits       session_b_5000    1970-01-01T00:00:05+00:00  1970-01-01T00:00:36+00:00  2            active")]
    [InlineData("windows list", "1 key groups did not answer; what they hold is unknown.")]
    [InlineData("watermarks orders", "Watermark of all: 1970-01-01T00:16:40+00:00.")]
    [InlineData("checkpoints list", "orders/events/0        30        42       12           3      9       1970-01-01T00:16:40+00:00  false  2025-11-24T16:00:00+00:00")]
    [InlineData("checkpoints list", "orders/0   212       200       12      3400         90000           2025-11-24T16:00:00.25+00:00")]
    [InlineData("checkpoints list", "visits/0   0         0         0       0            0               unknown")]
    [InlineData("checkpoints list", "lag records     unknown")]
    [InlineData("checkpoints list orders", "lag records     12")]
    [InlineData("watermarks", "visits/files.visits/0  unknown")]
    public async Task A_command_prints_what_the_node_knows(string command, string expected)
    {
        var (code, output, error) = await RunAsync(command.Split(' '));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output);
    }

    [Fact]
    public async Task Windows_list_of_one_pipeline_shows_no_other()
    {
        var (_, output, _) = await RunAsync("windows", "list", "orders");

        Assert.Contains("tumbling_a_0", output);
        Assert.DoesNotContain("session_b", output);
    }

    [Fact]
    public async Task A_pipeline_is_stopped_and_started_and_an_unknown_one_is_refused()
    {
        var stopped = await RunAsync("pipelines", "stop", "orders");
        var isRunning = _edge.Node.Streams.All[0].IsRunning;
        var started = await RunAsync("pipelines", "start", "orders");
        var unknown = await RunAsync("pipelines", "stop", "nope");

        Assert.Equal((0, "Pipeline orders stopped\n", false), (stopped.Code, stopped.Output, isRunning));
        Assert.Equal((0, "Pipeline orders started\n", true), (started.Code, started.Output, _edge.Node.Streams.All[0].IsRunning));
        Assert.Equal((1, ""), (unknown.Code, unknown.Output));
        Assert.Contains("'nope'", unknown.Error);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await PbmApp.RunAsync([_edge.Management.Authority, .. command], output, error);
        return (code, output.ToString().Replace("\r", ""), error.ToString());
    }
}
