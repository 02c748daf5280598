using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStream.Node.Demo;

/// <summary>Takes webhook messages on a free loopback port in Discord's place, refuses what Discord would refuse, and prints one line per message.</summary>
internal sealed class DiscordStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;

    private DiscordStandIn(WebApplication app, TextWriter output, TimeProvider time)
    {
        (_app, _output, _time, Received) = (app, output, time, new ReceivedAlarms(time));
    }

    public ReceivedAlarms Received { get; }

    /// <summary><c>127.0.0.1:PORT</c>, for the list of allowed hosts.</summary>
    public string Host => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;

    public string WebhookUrl => $"http://{Host}/api/webhooks/1/demo";

    public static async Task<DiscordStandIn> StartAsync(TextWriter output, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        // The demo has the process's signals; a second owner would end this server before the last alarm is in.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var standIn = new DiscordStandIn(builder.Build(), output, time);
        standIn._app.MapPost("/api/webhooks/{id}/{token}", standIn.TakeAsync);
        await standIn._app.StartAsync();
        return standIn;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        JsonDocument message;
        try
        {
            message = await JsonDocument.ParseAsync(request.Body);
        }
        catch (JsonException)
        {
            return Refuse("the message is no JSON");
        }
        using (message)
        {
            if (DiscordLimits.WhyRefused(message.RootElement) is { } why)
                return Refuse(why);
            Received.Take(message.RootElement);
            Print(message.RootElement.GetProperty("embeds"));
            return Results.Json(new Dictionary<string, string> { ["id"] = Guid.NewGuid().ToString("N") });
        }
    }

    private IResult Refuse(string why)
    {
        _output.WriteLine($"Discord would refuse a message: {why}.");
        return Results.Json(new Dictionary<string, string> { ["message"] = why }, statusCode: StatusCodes.Status400BadRequest);
    }

    private void Print(JsonElement embeds)
    {
        var more = embeds.GetArrayLength() - 1;
        _output.WriteLine($"alarm  {_time.GetLocalNow():HH:mm:ss.fff}  {DiscordLimits.TextOf(embeds[0], "description")}{(more > 0 ? $"  (and {more} more in this message)" : "")}");
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
