using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorStream.Actors.Tests.Support;

/// <summary>What a stand-in received.</summary>
/// <param name="Metrics">Metric names in the order of the message.</param>
/// <param name="AtMs">Milliseconds of a monotonic clock, at arrival.</param>
internal sealed record Received(string Path, IReadOnlyList<string> Metrics, long AtMs)
{
    public string Method { get; init; } = "";

    public string Query { get; init; } = "";

    public byte[] Body { get; init; } = [];

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>A webhook receiver on a free port of this machine; answers as the test says.</summary>
internal sealed class WebhookStandIn : IAsyncDisposable
{
    private const string BodyItem = "body";

    private readonly WebApplication _app;
    private readonly BlockingCollection<Received> _received = [];
    private int _count;

    private WebhookStandIn(WebApplication app) => _app = app;

    /// <summary>(request, number of this request from 1); the default says that it was taken.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = (c, _) =>
    {
        c.Response.StatusCode = 204;
        return Task.CompletedTask;
    };

    public int Port => new Uri(_app.Urls.First()).Port;

    public int Count => Volatile.Read(ref _count);

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
        using var copy = new MemoryStream();
        await context.Request.Body.CopyToAsync(copy);
        context.Items[BodyItem] = copy.ToArray();
        using var body = JsonDocument.Parse(copy.ToArray());
        var metrics = body.RootElement.TryGetProperty("embeds", out var embeds) ? embeds.EnumerateArray().Select(MetricOf).ToArray() : [MetricOf(body.RootElement)];
        var number = Interlocked.Increment(ref _count);
        var received = new Received(context.Request.Path, metrics, at)
        {
            Method = context.Request.Method,
            Query = context.Request.QueryString.ToString(),
            Body = copy.ToArray(),
            Headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        };
        await Answer(context, number);
        _received.Add(received);
    }

    /// <summary>The body of the request that is to be answered.</summary>
    public static string TextOf(HttpContext context) => Encoding.UTF8.GetString((byte[])context.Items[BodyItem]!);

    private static string MetricOf(JsonElement embed)
    {
        var text = embed.GetRawText();
        var at = text.IndexOf("metric-", StringComparison.Ordinal);
        return text.Substring(at, "metric-00".Length);
    }
}
