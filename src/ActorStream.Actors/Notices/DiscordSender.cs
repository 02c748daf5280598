using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Notices;

/// <summary>What became of one POST, and what the receiver asked for.</summary>
/// <param name="Outcome">Null: the webhook is dead, <paramref name="Reason"/> says why.</param>
/// <param name="RetryAfterMs">As the receiver said, if it did.</param>
public sealed record Delivery(AttemptOutcome? Outcome, long? RetryAfterMs, string Reason);

/// <summary>Makes one POST per attempt, to allowed hosts at allowed addresses only. Never throws for what the network does.</summary>
/// <remarks>No redirects, no proxy; the address is checked after name resolution, when the connection is made, so that a name cannot change its mind in between.</remarks>
public sealed class DiscordSender : IDisposable
{
    private const int TimeoutSeconds = 10;
    private const int LimitBodyBytesMax = 65_536;

    private readonly WebhookPolicy _policy;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public DiscordSender(WebhookPolicy policy, TimeProvider time)
    {
        _policy = policy;
        _time = time;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = ConnectAsync,
        })
        { Timeout = TimeSpan.FromSeconds(TimeoutSeconds) };
    }

    public async Task<Delivery> PostAsync(NoticeAttempt attempt)
    {
        // The allow-list may have changed since the rule was made.
        if (_policy.Refuse(attempt.WebhookUrl) is { } refusal)
            return new Delivery(null, null, refusal);
        using var content = new ReadOnlyMemoryContent(DiscordMessage.Build(attempt.Alarms));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            // The status decides; a body is read only where it says something, and never more of it than it takes.
            using var request = new HttpRequestMessage(HttpMethod.Post, WithWait(attempt.WebhookUrl)) { Content = content };
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            return await ReadAsync(answer).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // No connection, so nothing was sent.
            return new Delivery(AttemptOutcome.NotTaken, null, e.Message);
        }
        catch (HttpRequestException e)
        {
            return new Delivery(AttemptOutcome.Unknown, null, e.Message);
        }
        catch (TaskCanceledException)
        {
            return new Delivery(AttemptOutcome.Unknown, null, $"no answer within {TimeoutSeconds} s");
        }
        catch (IOException e)
        {
            return new Delivery(AttemptOutcome.Unknown, null, e.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<Delivery> ReadAsync(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        var said = $"the receiver answered {status}";
        return status switch
        {
            >= 200 and < 300 => new Delivery(AttemptOutcome.Delivered, PauseOf(answer), said),
            429 => new Delivery(AttemptOutcome.NotTaken, await RetryAfterAsync(answer).ConfigureAwait(false), said),
            401 or 403 or 404 => new Delivery(null, null, said),
            >= 500 or 408 => new Delivery(AttemptOutcome.Unknown, HeaderRetryAfter(answer), said),
            _ => new Delivery(AttemptOutcome.Refused, null, said),
        };
    }

    /// <summary>The bucket is empty: the next request may be made when it is filled again.</summary>
    private static long? PauseOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("X-RateLimit-Remaining", out var remaining) && remaining.First().Trim() == "0" ? Seconds(answer, "X-RateLimit-Reset-After") : null;

    private async Task<long?> RetryAfterAsync(HttpResponseMessage answer)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(TimeoutSeconds), _time);
        try
        {
            await answer.Content.LoadIntoBufferAsync(LimitBodyBytesMax, patience.Token).ConfigureAwait(false);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(patience.Token).ConfigureAwait(false));
            if (body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("retry_after", out var after) && after.TryGetDouble(out var seconds) && double.IsFinite(seconds))
                return ToMs(seconds);
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException or OperationCanceledException)
        {
            // Not every 429 comes from Discord itself, and not every body arrives; the header says it then.
            return HeaderRetryAfter(answer);
        }
        return HeaderRetryAfter(answer);
    }

    private long? HeaderRetryAfter(HttpResponseMessage answer) =>
        Seconds(answer, "Retry-After") ?? (answer.Headers.RetryAfter?.Date is { } at ? (long)Math.Max(0, (at - _time.GetUtcNow()).TotalMilliseconds) : null);

    private static long? Seconds(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values)
        && double.TryParse(values.First(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds)
            ? ToMs(seconds)
            : null;

    /// <summary>Rounded up: never a request earlier than allowed.</summary>
    private static long ToMs(double seconds) => (long)Math.Ceiling(Math.Clamp(seconds, 0, 86_400) * 1000);

    private static string WithWait(string url) => url + (url.Contains('?') ? "&wait=true" : "?wait=true");

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var entry = _policy.EntryFor(context.InitialRequestMessage.RequestUri!) ?? "";
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel).ConfigureAwait(false);
        var allowed = addresses.Where(a => WebhookPolicy.IsAddressAllowed(a, entry)).ToArray();
        if (allowed.Length == 0)
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"'{context.DnsEndPoint.Host}' resolves to no address that may be called; private, loopback and link-local ones are refused.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);
            return new QuickAckStream(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}
