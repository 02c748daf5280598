using System.Globalization;
using System.Text.Json;
using ActorStream.Scenarios.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Scenarios.Notices;

/// <param name="Webhook">Its number.</param>
/// <param name="Message">Id of the message that was made, or changed.</param>
/// <param name="Description">Of its only embed.</param>
internal sealed record DiscordCall(string Method, int Webhook, string Message, string Description);

/// <summary>In Discord's place: gives each message an id, and changes only messages it has.</summary>
internal sealed class EditedDiscord : IAsyncDisposable
{
    /// <summary>Discord's code for it.</summary>
    private const int UnknownMessage = 10_008;

    /// <summary>Ids of Discord are longer than a double is exact.</summary>
    private const long FirstId = 1_284_000_000_000_000_001;

    private readonly WebApplication _app;
    private readonly List<DiscordCall> _calls = [];
    private readonly Lock _lock = new();

    private EditedDiscord(WebApplication app) => _app = app;

    /// <inheritdoc cref="LocalServer.HostOf"/>
    public string Host => LocalServer.HostOf(_app);

    /// <summary>All that were taken, oldest first.</summary>
    public IReadOnlyList<DiscordCall> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public static async Task<EditedDiscord> StartAsync()
    {
        var discord = new EditedDiscord(LocalServer.New());
        discord._app.MapPost("/api/webhooks/{webhook:int}/{token}", (HttpRequest request, int webhook) => discord.TakeAsync(request, webhook, null));
        discord._app.MapPatch("/api/webhooks/{webhook:int}/{token}/messages/{message}", (HttpRequest request, int webhook, string message) => discord.TakeAsync(request, webhook, message));
        await discord._app.StartAsync();
        return discord;
    }

    public string WebhookUrl(int number) => $"http://{Host}/api/webhooks/{number}/token";

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request, int webhook, string? edited)
    {
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        var description = Assert.Single(body.RootElement.GetProperty("embeds").EnumerateArray()).GetProperty("description").GetString()!;
        lock (_lock)
        {
            if (edited is not null && !_calls.Exists(c => c.Webhook == webhook && c.Message == edited))
                return Results.Json(new Dictionary<string, int> { ["code"] = UnknownMessage }, statusCode: StatusCodes.Status404NotFound);
            var id = edited ?? (FirstId + _calls.Count).ToString(CultureInfo.InvariantCulture);
            _calls.Add(new DiscordCall(request.Method, webhook, id, description));
            return Results.Json(new Dictionary<string, string> { ["id"] = id });
        }
    }
}
