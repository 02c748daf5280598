using System.Net;
using System.Net.Sockets;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Notices;

/// <summary>Makes one request per attempt, to allowed hosts at allowed addresses only. Never throws for what the network does.</summary>
/// <remarks>No redirects, no proxy; the address is checked after name resolution, when the connection is made, so that a name cannot change its mind in between.</remarks>
public sealed class NoticeSender : IDisposable
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(10);

    private readonly WebhookPolicy _policy;
    private readonly SigningKey? _key;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly AnswerReader _reader;
    private readonly HttpClient _client;

    /// <param name="policy">Which hosts may be called.</param>
    /// <param name="key">Null: nothing is sent to receivers of JSON; it waits in their queues.</param>
    /// <param name="time">For signatures and pauses.</param>
    /// <param name="patience">How long an answer may take; null: <see cref="UsualPatience"/>.</param>
    public NoticeSender(WebhookPolicy policy, SigningKey? key, TimeProvider time, TimeSpan? patience = null)
    {
        _policy = policy;
        _key = key;
        _time = time;
        _patience = patience ?? UsualPatience;
        _reader = new AnswerReader(time, Global, _patience);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = ConnectAsync,
        })
        { Timeout = _patience };
    }

    public GlobalLimit Global { get; } = new();

    public async Task<NoticeAnswer> SendAsync(NoticeAttempt attempt)
    {
        // The allow-list may have changed since the rule was made.
        if (_policy.Refuse(attempt.WebhookUrl) is { } refusal)
            return new NoticeAnswer(null, refusal);
        if (attempt.Receiver == ReceiverKind.Json && _key is null)
            return new NoticeAnswer(AttemptOutcome.NotTaken, "this node has no key to sign with; set webhooks.signing-key");
        try
        {
            using var request = attempt.Receiver == ReceiverKind.Json ? NoticeRequests.ToJsonReceiver(attempt, _key!, _time.GetUtcNow()) : NoticeRequests.ToDiscord(attempt);
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            return await _reader.ReadAsync(attempt, answer).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // No connection, so nothing was sent.
            return new NoticeAnswer(AttemptOutcome.NotTaken, e.Message);
        }
        catch (HttpRequestException e)
        {
            return new NoticeAnswer(AttemptOutcome.Unknown, e.Message);
        }
        catch (TaskCanceledException)
        {
            return new NoticeAnswer(AttemptOutcome.Unknown, $"no answer within {_patience.TotalSeconds:0.###} s");
        }
        catch (IOException e)
        {
            return new NoticeAnswer(AttemptOutcome.Unknown, e.Message);
        }
    }

    public void Dispose() => _client.Dispose();

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
