using System.Net;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ActorStream.Edge.Tests.Support;

/// <summary>Both doors on free loopback ports, a <see cref="FakeNode"/> behind them.</summary>
internal sealed class RunningEdge : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningEdge(WebApplication app, FakeNode node, Uri edge, Uri management)
    {
        _app = app;
        Node = node;
        Edge = edge;
        Management = management;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = edge };
    }

    public FakeNode Node { get; }

    public Uri Edge { get; }

    public Uri Management { get; }

    /// <summary>All that listen.</summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Asks the edge; give a whole URL for the management port.</summary>
    public HttpClient Http { get; }

    /// <param name="log">Takes every line that is logged; null: they are lost.</param>
    /// <param name="time">The node's clock; null: the system's.</param>
    public static async Task<RunningEdge> StartAsync(Func<EdgeOptions, EdgeOptions>? change = null, ILoggerProvider? log = null, TimeProvider? time = null)
    {
        var node = new FakeNode();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<INodeFacade>(node);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        var options = new EdgeOptions([new Uri("http://127.0.0.1:0")], IPAddress.Loopback, 0, WebhookPolicy.Default.Refuse);
        var set = change is null ? options : change(options);
        builder.AddActorStreamEdge(set);
        var app = builder.Build();
        app.MapActorStream();
        await app.StartAsync();
        // Kestrel lists its addresses in the order they were opened: the edge's, then the management port, then the extra one.
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(a => new Uri(a)).ToList();
        return new RunningEdge(app, node, addresses[0], addresses[^(set.ScrapePort is null ? 1 : 2)]) { Addresses = addresses };
    }

    public Task<Answer> PostAsync(string path, string body, string type = "application/json") => PostAsync(path, Encoding.UTF8.GetBytes(body), type);

    public Task<Answer> PostAsync(string path, byte[] body, string? type = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });
    }

    public Task<Answer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<Answer> ManageAsync(HttpMethod method, string path) => SendAsync(new HttpRequestMessage(method, new Uri(Management, path)));

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var response = await Http.SendAsync(request))
            return new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(), response.Headers.RetryAfter?.Delta, string.Join(", ", response.Content.Headers.Allow))
            {
                ETag = response.Headers.ETag?.ToString(),
                Next = NextOf(Only(response, "Link")),
                Replayed = Only(response, "Idempotency-Replayed"),
                StateReset = Only(response, "Rule-State-Reset"),
            };
    }

    private static string? Only(HttpResponseMessage response, string header) => response.Headers.TryGetValues(header, out var values) ? values.Single() : null;

    private static string? NextOf(string? link) => link is not null && link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal) ? link[1..link.IndexOf('>')] : null;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}

internal sealed record Answer(int Status, string? Type, string Body, TimeSpan? RetryAfter, string Allow)
{
    public string? ETag { get; init; }

    /// <summary>Path of the next page.</summary>
    public string? Next { get; init; }

    public string? Replayed { get; init; }

    public string? StateReset { get; init; }

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Detail => Json.GetProperty("detail").GetString()!;

    /// <summary>The status, in a problem document with a sentence.</summary>
    public void IsProblem(int status)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Body}");
        Assert.Equal("application/problem+json", Type);
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.True(Detail.Length > 20, Detail);
    }
}
