using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ActorStream.Scenarios.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Scenarios.Notices;

/// <summary>A receiver of JSON that checks what Standard Webhooks tells receivers to check; at times it takes an alarm and its answer is lost. Written from the standard's pages, not from our code.</summary>
internal sealed class JsonReceiver : IAsyncDisposable
{
    /// <summary>What the standard's own libraries allow.</summary>
    private const int ClockSecondsMax = 300;

    private readonly WebApplication _app;
    private readonly byte[] _key;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly Dictionary<string, string> _bodies = [];
    private readonly List<string> _wrongs = [];

    private JsonReceiver(WebApplication app, byte[] key, Random random) => (_app, _key, _random) = (app, key, random);

    /// <inheritdoc cref="LocalServer.HostOf"/>
    public string Host => LocalServer.HostOf(_app);

    /// <summary>Different idempotency keys: what a receiver that honours them has taken.</summary>
    public int Count => Locked(() => _bodies.Count);

    /// <summary>Everything that came, repetitions included.</summary>
    public IReadOnlyList<Delivery> Deliveries => Locked(() => _deliveries.ToArray());

    /// <summary>Requests that a receiver would refuse.</summary>
    public IReadOnlyList<string> Wrongs => Locked(() => _wrongs.ToArray());

    /// <param name="key">As a node is given it: <c>whsec_</c> and base64.</param>
    public static async Task<JsonReceiver> StartAsync(string key, Random random)
    {
        var receiver = new JsonReceiver(LocalServer.New(), Convert.FromBase64String(key["whsec_".Length..]), random);
        receiver._app.MapPost("/hooks/{number}", receiver.OnAlarmAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public string Url(int number) => $"http://{Host}/hooks/{number}";

    public bool HasAll(IEnumerable<string> ids) => Locked(() => ids.All(_bodies.ContainsKey));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task OnAlarmAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var luck = Locked(() => Take(context.Request, body));
        if (luck < 0.02)
            context.Abort();
        else
            context.Response.StatusCode = luck < 0.04 ? StatusCodes.Status502BadGateway : StatusCodes.Status204NoContent;
    }

    private double Take(HttpRequest request, string body)
    {
        if (WhyRefused(request.Headers, body) is { } wrong)
            _wrongs.Add(wrong);
        using var alarm = JsonDocument.Parse(body);
        var (id, metric) = (alarm.RootElement.GetProperty("id").GetString()!, alarm.RootElement.GetProperty("metric_name").GetString()!);
        if (!_bodies.TryAdd(id, body) && _bodies[id] != body)
            _wrongs.Add($"{id} came again with another body");
        _deliveries.Add(new Delivery(id, $"http://{Host}{request.Path}", metric, alarm.RootElement.GetProperty("value").GetDouble().ToString(CultureInfo.InvariantCulture), Stopwatch.GetTimestamp()) { Title = "" });
        return _random.NextDouble();
    }

    private string? WhyRefused(IHeaderDictionary headers, string body)
    {
        var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (headers.ContentType != "application/json")
            return $"the content is said to be '{headers.ContentType}'";
        if (id.Length == 0 || !body.StartsWith($$"""{"id":"{{id}}",""", StringComparison.Ordinal) || headers["Idempotency-Key"] != id)
            return $"webhook-id '{id}', Idempotency-Key '{headers["Idempotency-Key"]}' and the body's id are not one: {body}";
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > ClockSecondsMax)
            return $"{id}: webhook-timestamp is '{timestamp}'";
        var signature = "v1," + Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
        return headers["webhook-signature"] == signature ? null : $"{id}: webhook-signature is '{headers["webhook-signature"]}'";
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }
}
