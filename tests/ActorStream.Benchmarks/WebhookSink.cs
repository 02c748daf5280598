using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ActorStream.Benchmarks;

/// <summary>Takes webhooks at once and remembers when each value arrived first.</summary>
internal sealed class WebhookSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _taken;

    private WebhookSink(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, long> ArrivedAt { get; } = new();

    public long Taken => Interlocked.Read(ref _taken);

    public string Host { get; private set; } = "";

    public static async Task<WebhookSink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var sink = new WebhookSink(app);
        app.MapPost("/api/webhooks/{id}/{token}", sink.TakeAsync);
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        sink.Host = $"127.0.0.1:{address.Port}";
        return sink;
    }

    public string Url(int webhook) => $"http://{Host}/api/webhooks/{webhook}/token";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var now = Stopwatch.GetTimestamp();
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        foreach (var embed in body.RootElement.GetProperty("embeds").EnumerateArray())
        {
            Interlocked.Increment(ref _taken);
            foreach (var field in embed.GetProperty("fields").EnumerateArray())
            {
                if (field.GetProperty("name").GetString() == "Metric value")
                    ArrivedAt.TryAdd(field.GetProperty("value").GetString()!, now);
            }
        }
        context.Response.StatusCode = 204;
    }
}
