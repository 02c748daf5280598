using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ActorStream.Scenarios.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Scenarios.Notices;

/// <summary>In Discord's place, by its documented limits and at its worst: buckets, pauses of one webhook and of all, errors, resets and silence after a message was taken.</summary>
internal sealed class LimitedDiscord : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LimitedWebhook> _webhooks = [];
    private readonly List<Delivery> _deliveries = [];
    private readonly HashSet<string> _ids = [];
    private readonly SortedDictionary<string, int> _tally = new(StringComparer.Ordinal);
    private readonly List<string> _wrongs = [];
    private long _globalUntil = long.MinValue;

    private LimitedDiscord(WebApplication app, Random random) => (_app, _random) = (app, random);

    /// <inheritdoc cref="LocalServer.HostOf"/>
    public string Host => LocalServer.HostOf(_app);

    /// <summary>Different alarms taken.</summary>
    public int Count => Locked(() => _ids.Count);

    /// <summary>Everything taken, whatever the sender was told.</summary>
    public IReadOnlyList<Delivery> Deliveries => Locked(() => _deliveries.ToArray());

    /// <summary>Requests earlier than allowed, and messages Discord would not take.</summary>
    public IReadOnlyList<string> Wrongs => Locked(() => _wrongs.ToArray());

    /// <summary>How often each answer was given.</summary>
    public string Tally => Locked(() => string.Join(", ", _tally.Select(t => $"{t.Key} {t.Value}")));

    public static async Task<LimitedDiscord> StartAsync(Random random)
    {
        var discord = new LimitedDiscord(LocalServer.New(), random);
        discord._app.MapPost("/api/webhooks/{id}/{token}", discord.OnMessageAsync);
        await discord._app.StartAsync();
        return discord;
    }

    public string WebhookUrl(int number) => $"http://{Host}/api/webhooks/{number}/token";

    public bool HasAll(IEnumerable<string> ids) => Locked(() => ids.All(_ids.Contains));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task OnMessageAsync(HttpContext context)
    {
        var at = Stopwatch.GetTimestamp();
        using var message = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var verdict = Locked(() => Judge(context.Request, message.RootElement, at));
        if (verdict.Status == Verdict.Silence)
        {
            // Until the sender gives up, or this server ends.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return;
        }
        if (verdict.Status == Verdict.Reset)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = verdict.Status;
        foreach (var (name, value) in verdict.Headers)
            context.Response.Headers[name] = value;
        await context.Response.WriteAsync(verdict.Body, context.RequestAborted);
    }

    private Verdict Judge(HttpRequest request, JsonElement message, long at)
    {
        var url = $"http://{Host}{request.Path}";
        if (!_webhooks.TryGetValue(url, out var webhook))
            _webhooks.Add(url, webhook = new LimitedWebhook());
        if (webhook.EarlyBy(at) is var early && early > TimeSpan.Zero)
        {
            _wrongs.Add($"{request.Path} was asked {early.TotalMilliseconds:0.000} ms before it allowed it");
            return Limited("early", webhook, early, isGlobal: false);
        }
        // Whoever was not told yet is told now.
        if (_globalUntil > at)
            return Limited("global", webhook, Stopwatch.GetElapsedTime(at, _globalUntil), isGlobal: true);
        if (DiscordRules.WhyRefused(message) is { } wrong)
        {
            _wrongs.Add(wrong);
            return Answer("400", webhook, 400);
        }
        webhook.Take(at);
        return Decide(webhook, url, message, at);
    }

    private Verdict Decide(LimitedWebhook webhook, string url, JsonElement message, long at)
    {
        var luck = _random.NextDouble();
        switch (luck)
        {
            case < 0.040:
                return Limited("user", webhook, TimeSpan.FromMilliseconds(_random.Next(200, 1_200)), isGlobal: false);
            case < 0.044:
                var pause = TimeSpan.FromMilliseconds(_random.Next(300, 1_000));
                _globalUntil = Stopwatch.GetTimestamp() + (long)(pause.TotalSeconds * Stopwatch.Frequency);
                return Limited("global", webhook, pause, isGlobal: true);
            case < 0.070:
                return Answer("5xx", webhook, _random.Next(500, 505));
        }
        Take(url, message, at);
        return luck switch
        {
            < 0.080 => Answer("5xx though taken", webhook, 502),
            < 0.090 => Tallied("reset though taken", new Verdict(Verdict.Reset, [], "")),
            < 0.093 => Tallied("silence though taken", new Verdict(Verdict.Silence, [], "")),
            _ => Answer("200", webhook, 200),
        };
    }

    private void Take(string url, JsonElement message, long at)
    {
        foreach (var embed in message.GetProperty("embeds").EnumerateArray())
        {
            var delivery = WebhookStandIn.Read(embed, url, at);
            _deliveries.Add(delivery);
            _ids.Add(delivery.Id);
        }
    }

    private Verdict Answer(string name, LimitedWebhook webhook, int status) =>
        Tallied(name, new Verdict(status, [.. webhook.Headers(Stopwatch.GetTimestamp())], status == 200 ? """{"id":"1"}""" : "{}"));

    private Verdict Limited(string name, LimitedWebhook webhook, TimeSpan pause, bool isGlobal)
    {
        webhook.Pause(pause, Stopwatch.GetTimestamp());
        var seconds = (Math.Ceiling(pause.TotalMilliseconds) / 1000).ToString("0.000", CultureInfo.InvariantCulture);
        (string, string) scope = isGlobal ? ("X-RateLimit-Global", "true") : ("X-RateLimit-Scope", "user");
        return Tallied($"429 {name}", new Verdict(429, [scope, ("Retry-After", $"{Math.Ceiling(pause.TotalSeconds)}")], $$"""{"message":"You are being rate limited.","retry_after":{{seconds}},"global":{{(isGlobal ? "true" : "false")}}}"""));
    }

    private Verdict Tallied(string name, Verdict verdict)
    {
        _tally[name] = _tally.GetValueOrDefault(name) + 1;
        return verdict;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }

    /// <param name="Status">Of HTTP, or one of the two that are none.</param>
    private sealed record Verdict(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
    {
        public const int Reset = -1;
        public const int Silence = -2;
    }
}
