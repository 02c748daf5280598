using ActorStream.Domain.Rules;
using System.Net;
using ActorStream.Hosting.Options;
using ActorStream.Wire.Topics;

namespace ActorStream.Edge;

/// <summary>Null: the webhook URL may be used. Else a sentence with the URL's fault, what is allowed and the remedy; never the token.</summary>
public delegate string? WebhookPolicyDelegate(string? url, ReceiverKind receiver);

/// <param name="HttpUrls">Where the edge listens, e.g. <c>http://127.0.0.1:8080</c>; <c>http</c> and an address or <c>localhost</c> only. Empty: the node has no role edge.</param>
/// <param name="ManagementPort">0: a free one.</param>
/// <param name="Webhooks">Judges the <c>discord_webhook_url</c> or <c>webhook_url</c> of a rule.</param>
/// <param name="BodyBytesMax">Largest body of <c>POST /metrics</c>.</param>
/// <param name="DiscardBytesMax">A larger body is read and discarded up to here, so that the client can read its 413; beyond, the connection is closed.</param>
/// <param name="AllowedHosts">Names besides loopback that a <c>Host</c> header may carry, without port.</param>
/// <param name="Auth">Null: nobody is asked for a token.</param>
/// <param name="SampleAheadMsMax">How far a posted sample's time may lie ahead of this node's clock, as <see cref="FutureBound"/> has it.</param>
public sealed record EdgeOptions(
    IReadOnlyList<Uri> HttpUrls, IPAddress ManagementAddress, int ManagementPort, WebhookPolicyDelegate Webhooks,
    int BodyBytesMax = 16 << 20, long DiscardBytesMax = 128 << 20, IReadOnlyList<string>? AllowedHosts = null, AuthSettings? Auth = null,
    long SampleAheadMsMax = FutureBound.Off)
{
    /// <summary>A further port of the management address that serves <c>GET /metrics</c> alone; null: none.</summary>
    public int? ScrapePort { get; init; }

    public bool AsksForTokens => Auth is { IsOn: true };

    /// <summary>Largest body of a rule.</summary>
    public const int RuleBytesMax = 64 << 10;

    /// <summary>Largest body of a pipeline.</summary>
    public const int PipelineBytesMax = 64 << 10;
}
