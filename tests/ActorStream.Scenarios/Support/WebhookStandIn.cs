using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Scenarios.Support;

/// <param name="Id">The alarm's id, from the embed's url.</param>
/// <param name="At">Stopwatch timestamp.</param>
internal sealed record Delivery(string Id, string WebhookUrl, string Metric, string Value, long At)
{
    /// <summary>What the embed says it is.</summary>
    public required string Title { get; init; }
}

/// <summary>Takes webhook messages in Discord's place and keeps every embed, in order of arrival.</summary>
internal sealed class WebhookStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<Delivery> _deliveries = [];
    private readonly HashSet<string> _ids = [];
    private readonly Lock _lock = new();
    private volatile TaskCompletionSource _open = Opened();
    private int _requests;

    private WebhookStandIn(WebApplication app) => _app = app;

    /// <inheritdoc cref="LocalServer.HostOf"/>
    public string Host => LocalServer.HostOf(_app);

    /// <summary>Whole messages that came, held ones included.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Different alarms received.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _ids.Count;
        }
    }

    public IReadOnlyList<Delivery> Deliveries
    {
        get
        {
            lock (_lock)
                return [.. _deliveries];
        }
    }

    public static async Task<WebhookStandIn> StartAsync()
    {
        var standIn = new WebhookStandIn(LocalServer.New());
        standIn._app.MapPost("/api/webhooks/{id}/{token}", standIn.TakeAsync);
        await standIn._app.StartAsync();
        return standIn;
    }

    public string WebhookUrl(int number) => $"http://{Host}/api/webhooks/{number}/token";

    /// <summary>From now on requests are neither taken nor answered.</summary>
    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Requests whose sender still waits are taken now.</summary>
    public void Release() => _open.TrySetResult();

    public bool HasAll(IEnumerable<string> ids)
    {
        lock (_lock)
            return ids.All(_ids.Contains);
    }

    public ValueTask DisposeAsync()
    {
        Release();
        return _app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var message = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        Interlocked.Increment(ref _requests);
        await _open.Task.WaitAsync(request.HttpContext.RequestAborted);
        var now = Stopwatch.GetTimestamp();
        var embeds = message.RootElement.GetProperty("embeds").EnumerateArray().Select(e => Read(e, $"http://{Host}{request.Path}", now)).ToArray();
        lock (_lock)
        {
            _deliveries.AddRange(embeds);
            _ids.UnionWith(embeds.Select(e => e.Id));
        }
        return Results.Json(new Dictionary<string, string> { ["id"] = "1" });
    }

    public static Delivery Read(JsonElement embed, string webhookUrl, long now)
    {
        var fields = embed.GetProperty("fields").EnumerateArray().ToDictionary(f => f.GetProperty("name").GetString()!, f => f.GetProperty("value").GetString()!);
        return new Delivery(embed.GetProperty("url").GetString()!.Split('/')[^1], webhookUrl, fields["Metric name"], fields["Metric value"], now) { Title = embed.GetProperty("title").GetString()! };
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
