using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorStream.Actors.Tests.Support;

/// <summary>What a stand-in received.</summary>
/// <param name="Metrics">Metric names in the order of the message.</param>
/// <param name="AtMs">Milliseconds of a monotonic clock, at arrival.</param>
internal sealed record Received(string Path, IReadOnlyList<string> Metrics, long AtMs);

/// <summary>A webhook receiver on a free port of this machine; answers as the test says.</summary>
internal sealed class WebhookStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BlockingCollection<Received> _received = [];

    private WebhookStandIn(WebApplication app) => _app = app;

    /// <summary>(request, number of this request from 1); the default says that it was taken.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = (c, _) =>
    {
        c.Response.StatusCode = 204;
        return Task.CompletedTask;
    };

    public int Port => new Uri(_app.Urls.First()).Port;

    public int Count { get; private set; }

    public string Hook(int number) => $"http://127.0.0.1:{Port}/api/webhooks/{number}/token";

    public static async Task<WebhookStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        var standIn = new WebhookStandIn(builder.Build());
        standIn._app.Run(standIn.OnRequest);
        await standIn._app.StartAsync();
        return standIn;
    }

    /// <summary>The next request, in order of arrival.</summary>
    public Received Next() => _received.TryTake(out var next, TimeSpan.FromSeconds(20)) ? next : throw new TimeoutException("No request came.");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task OnRequest(HttpContext context)
    {
        var at = Environment.TickCount64;
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var metrics = body.RootElement.GetProperty("embeds").EnumerateArray().Select(MetricOf).ToArray();
        var number = ++Count;
        await Answer(context, number);
        _received.Add(new Received(context.Request.Path, metrics, at));
    }

    private static string MetricOf(JsonElement embed)
    {
        var text = embed.GetRawText();
        var at = text.IndexOf("metric-", StringComparison.Ordinal);
        return text.Substring(at, "metric-00".Length);
    }
}
