using System.Net;
using System.Net.Sockets;
using ActorStream.Edge.Security;
using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Security;

public sealed class GuardTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync(o => o with { AllowedHosts = ["metrics.internal"] });

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("localhost:9999")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3:80")]
    [InlineData("[::1]:8080")]
    [InlineData("metrics.internal:8080")]
    [InlineData("METRICS.internal")]
    public async Task Our_own_names_are_answered(string host)
    {
        Assert.Equal(200, (await AskAsync(_edge.Edge, HttpMethod.Get, "/health", host, null)).Status);
        Assert.Equal(200, (await AskAsync(_edge.Management, HttpMethod.Get, "/alive", host, null)).Status);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example:8080")]
    [InlineData("10.0.0.7")]
    [InlineData("169.254.169.254")]
    public async Task A_foreign_Host_is_refused_on_both_doors_also_for_reads(string host)
    {
        (await AskAsync(_edge.Edge, HttpMethod.Get, "/rules", host, null)).IsProblem(403);
        (await AskAsync(_edge.Edge, HttpMethod.Post, "/metrics", host, null)).IsProblem(403);
        (await AskAsync(_edge.Management, HttpMethod.Get, "/ready", host, null)).IsProblem(403);
        (await AskAsync(_edge.Management, HttpMethod.Post, "/pbm/cluster/leave", host, null)).IsProblem(403);
        Assert.Empty(_edge.Node.Operations);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost:1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("file://")]
    [InlineData("garbage")]
    public async Task A_foreign_Origin_is_refused_on_both_doors(string origin)
    {
        (await AskAsync(_edge.Edge, HttpMethod.Post, "/rules", null, origin)).IsProblem(403);
        (await AskAsync(_edge.Management, HttpMethod.Post, "/pbm/cluster/leave", null, origin)).IsProblem(403);
        Assert.Empty(_edge.Node.Operations);
    }

    [Fact]
    public async Task A_page_that_the_node_served_itself_may_use_it()
    {
        Assert.Equal(200, (await AskAsync(_edge.Edge, HttpMethod.Get, "/rules", null, $"http://127.0.0.1:{_edge.Edge.Port}")).Status);
        Assert.Equal(200, (await AskAsync(_edge.Edge, HttpMethod.Get, "/rules", null, $"http://localhost:{_edge.Edge.Port}")).Status);
    }

    [Fact]
    public async Task The_edge_may_not_be_used_by_a_page_of_the_other_door()
        => (await AskAsync(_edge.Edge, HttpMethod.Get, "/rules", null, $"http://127.0.0.1:{_edge.Management.Port}")).IsProblem(403);

    [SkippableFact]
    public async Task From_another_machine_the_management_port_shows_probes_and_changes_nothing()
    {
        var own = OwnAddress();
        Skip.If(own is null, "This machine has no address besides loopback.");
        await using var open = await RunningEdge.StartAsync(o => o with { ManagementAddress = IPAddress.Any });
        var management = new Uri($"http://{own}:{open.Management.Port}");

        foreach (var probe in new[] { "/alive", "/ready", "/metrics" })
            Assert.Equal(200, (await AskOfAsync(open, management, HttpMethod.Get, probe, "node-0.cluster.local")).Status);
        (await AskOfAsync(open, management, HttpMethod.Post, "/pbm/cluster/leave", null)).IsProblem(403);
        (await AskOfAsync(open, management, HttpMethod.Post, "/alive", null)).IsProblem(403);
        (await AskOfAsync(open, management, HttpMethod.Get, "/pbm/rules", "evil.example")).IsProblem(403);
        Assert.Equal(200, (await AskOfAsync(open, management, HttpMethod.Get, "/pbm/rules", null)).Status);
        Assert.Empty(open.Node.Operations);
    }

    [SkippableFact]
    public async Task Only_callers_on_this_machine_see_a_whole_webhook()
    {
        var own = OwnAddress();
        Skip.If(own is null, "This machine has no address besides loopback.");
        await using var open = await RunningEdge.StartAsync(o => o with { HttpUrls = [new Uri("http://0.0.0.0:0")] });
        var local = new Uri($"http://127.0.0.1:{open.Edge.Port}/rules");
        await open.SendAsync(new HttpRequestMessage(HttpMethod.Post, local) { Content = new StringContent("""{"metric_name":"m","threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/1/top-secret"}""") { Headers = { ContentType = new("application/json") } } });

        var here = await AskOfAsync(open, local, HttpMethod.Get, "/rules", null);
        var elsewhere = await AskOfAsync(open, new Uri($"http://{own}:{open.Edge.Port}"), HttpMethod.Get, "/rules", null);

        Assert.Contains("top-secret", here.Body);
        Assert.Equal(200, elsewhere.Status);
        Assert.Contains("discord.com", elsewhere.Body);
        Assert.DoesNotContain("top-secret", elsewhere.Body);
    }

    private static IPAddress? OwnAddress()
        => Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));

    private Task<Answer> AskAsync(Uri door, HttpMethod method, string path, string? host, string? origin)
    {
        var request = new HttpRequestMessage(method, new Uri(door, path));
        if (host is not null)
            request.Headers.Host = host;
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        return _edge.SendAsync(request);
    }

    private static Task<Answer> AskOfAsync(RunningEdge edge, Uri door, HttpMethod method, string path, string? host)
    {
        var request = new HttpRequestMessage(method, new Uri(door, path));
        if (host is not null)
            request.Headers.Host = host;
        return edge.SendAsync(request);
    }
}
