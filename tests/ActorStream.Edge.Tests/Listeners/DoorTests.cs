using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Listeners;

public sealed class DoorTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("GET", "/rules")]
    [InlineData("POST", "/rules")]
    [InlineData("PATCH", "/rules")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/docs")]
    public async Task Routes_of_the_edge_do_not_exist_on_the_management_port(string method, string path)
        => (await _edge.ManageAsync(new HttpMethod(method), path)).IsProblem(404);

    [Theory]
    [InlineData("GET", "/alive")]
    [InlineData("GET", "/ready")]
    [InlineData("GET", "/pbm/cluster")]
    [InlineData("POST", "/pbm/cluster/leave")]
    public async Task Routes_of_the_management_port_do_not_exist_on_the_edge(string method, string path)
    {
        (await _edge.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).IsProblem(404);
        Assert.Empty(_edge.Node.Operations);
    }

    [Fact]
    public async Task The_Host_header_does_not_choose_the_door()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/alive") { Headers = { Host = $"127.0.0.1:{_edge.Management.Port}" } };

        (await _edge.SendAsync(request)).IsProblem(404);
    }

    [Theory]
    [InlineData("PATCH", "/rules", "GET, POST")]
    [InlineData("POST", "/rules/1", "DELETE, GET, PUT")]
    [InlineData("DELETE", "/metrics", "GET, POST")]
    [InlineData("PUT", "/health", "GET")]
    public async Task A_wrong_method_is_405_and_names_the_right_ones(string method, string path, string allow)
    {
        var answer = await _edge.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.IsProblem(405);
        Assert.Equal(allow, answer.Allow);
        Assert.Contains(allow, answer.Detail);
    }

    [Fact]
    public async Task On_the_management_port_metrics_are_only_read()
    {
        var read = await _edge.ManageAsync(HttpMethod.Get, "/metrics");
        var written = await _edge.ManageAsync(HttpMethod.Post, "/metrics");

        Assert.Equal(200, read.Status);
        Assert.False(written.Status is 200, "the management port takes samples");
    }

    [Fact]
    public async Task The_extra_port_serves_metrics_and_nothing_else_to_the_same_hosts_as_the_management_port()
    {
        var port = FreePort();
        await using var edge = await RunningEdge.StartAsync(o => o with { ScrapePort = port });
        var extra = new Uri($"http://127.0.0.1:{port}");

        Assert.Equal(200, (await edge.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(extra, "/metrics")))).Status);
        foreach (var path in new[] { "/alive", "/ready", "/pbm/cluster", "/rules", "/status", "/docs" })
            Assert.Contains("serves GET /metrics and nothing else", Problem(404, await edge.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(extra, path)))));
        Problem(405, await edge.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(extra, "/metrics"))));
        var foreign = new HttpRequestMessage(HttpMethod.Get, new Uri(extra, "/metrics")) { Headers = { Host = "evil.example" } };
        var known = new HttpRequestMessage(HttpMethod.Get, new Uri(edge.Management, "/metrics")) { Headers = { Host = "evil.example" } };
        Assert.Equal((await edge.SendAsync(known)).Status, (await edge.SendAsync(foreign)).Status);
        Assert.Equal(200, (await edge.ManageAsync(HttpMethod.Get, "/alive")).Status);
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_extra_port() => Assert.Equal([_edge.Edge, _edge.Management], _edge.Addresses);

    private static string Problem(int status, Answer answer)
    {
        answer.IsProblem(status);
        return answer.Detail;
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }

    [Fact]
    public async Task A_node_without_the_role_edge_has_only_the_management_port()
    {
        await using var worker = await RunningEdge.StartAsync(o => o with { HttpUrls = [] });

        Assert.Equal(200, (await worker.ManageAsync(HttpMethod.Get, "/alive")).Status);
        (await worker.ManageAsync(HttpMethod.Get, "/rules")).IsProblem(404);
    }
}
