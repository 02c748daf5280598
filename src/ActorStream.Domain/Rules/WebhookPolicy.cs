using System.Globalization;
using System.Net;

namespace ActorStream.Domain.Rules;

/// <summary>Which webhook URLs the server may be made to call: hosts of an allow-list, over https, at public addresses.</summary>
/// <remarks>
/// An entry is <c>host</c> or <c>host:port</c>, compared whole and without case. A loopback address with its port (<c>127.0.0.1:9000</c>, <c>[::1]:9000</c>)
/// permits plain http there too: for tests on one machine. A host name never does, it may resolve to anything.
/// </remarks>
public sealed class WebhookPolicy
{
    public static readonly IReadOnlyList<string> DefaultHosts = ["discord.com", "discordapp.com"];

    private readonly IReadOnlyList<Entry> _entries;

    /// <exception cref="ArgumentException">An entry is not <c>host[:port]</c>; the text names it.</exception>
    public WebhookPolicy(IReadOnlyList<string> hosts)
    {
        Hosts = hosts;
        _entries = [.. hosts.Select(Parse)];
    }

    public static WebhookPolicy Default { get; } = new(DefaultHosts);

    public IReadOnlyList<string> Hosts { get; }

    /// <summary>This node has a key for requests to generic receivers.</summary>
    public bool CanSign { get; init; }

    /// <summary>Null when the URL may be called; else a sentence with the value, the list and the remedy, without the token.</summary>
    public string? Refuse(string? url)
    {
        if (string.IsNullOrWhiteSpace(url))
            return "A webhook URL is missing; give one like https://discord.com/api/webhooks/{id}/{token}.";
        // Readers of URLs disagree about what these mean; no webhook needs them.
        if (url.Any(c => c <= ' ' || c is '\\' or '\u007f'))
            return "The webhook URL holds a blank, a control character or a backslash; remove it.";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !url.StartsWith($"{uri.Scheme}://", StringComparison.OrdinalIgnoreCase) || uri.Host.Length == 0)
            return "The webhook URL is not an absolute URL; give one like https://discord.com/api/webhooks/{id}/{token}.";
        if (uri.UserInfo.Length > 0 || AuthorityOf(url).Contains('@'))
            return $"The webhook URL for host '{uri.IdnHost}' holds a user name or password; remove what stands before the '@'.";
        return RefuseHost(uri, AuthorityOf(url));
    }

    /// <summary>As <see cref="Refuse(string)"/>; a receiver of JSON is refused too while there is no key to sign with: whoever reads its URL could raise alarms there.</summary>
    public string? Refuse(string? url, ReceiverKind receiver) => receiver == ReceiverKind.Json && !CanSign
        ? "A receiver of JSON (webhook_url) needs a key to sign with; set webhooks.signing-key on every node, or use discord_webhook_url."
        : Refuse(url);

    /// <summary>The entry that permits this URL, for <see cref="IsAddressAllowed"/>; null if none does.</summary>
    public string? EntryFor(Uri url) => 
        Refuse(url.OriginalString) is null ? _entries.First(e => IsHost(e, url, AuthorityOf(url.OriginalString)) && IsPort(e, url)).Text : null;

    /// <summary>Whether a connection may be made to what an allowed host resolved to. Public addresses; loopback only where the entry itself is that loopback address.</summary>
    public static bool IsAddressAllowed(IPAddress resolved, string entry)
    {
        var address = resolved.IsIPv4MappedToIPv6 ? resolved.MapToIPv4() : resolved;
        return PublicAddress.Is(address) || (Parse(entry).Loopback is { } loopback && loopback.Equals(address));
    }

    private string? RefuseHost(Uri uri, string authority)
    {
        var entries = _entries.Where(e => IsHost(e, uri, authority)).ToArray();
        if (entries.Length == 0)
            return $"The webhook host '{Shown(uri)}' is not on the allow-list ({string.Join(", ", Hosts)}); use one of these or add it to the list of webhook hosts.";
        var isHttpHere = uri.Scheme == Uri.UriSchemeHttp && Array.Exists(entries, e => e.Loopback is not null && e.Port == uri.Port);
        if (uri.Scheme != Uri.UriSchemeHttps && !isHttpHere)
            return $"The webhook scheme '{uri.Scheme}' for host '{Shown(uri)}' is not allowed; use https (http only at a loopback address that the allow-list names with its port).";
        if (!Array.Exists(entries, e => IsPort(e, uri)))
            return $"The webhook port {uri.Port} of host '{uri.IdnHost}' is not on the allow-list ({string.Join(", ", Hosts)}); leave the port out or add host:port to the list of webhook hosts.";
        return null;
    }

    /// <summary>As parsed and as written: what the parser had to rewrite (127.1, 0x7f.1, full-width letters, percent codes, an empty port) is not the entry.</summary>
    private static bool IsHost(Entry entry, Uri uri, string authority) =>
        uri.Host.Equals(entry.Host, StringComparison.OrdinalIgnoreCase)
        && (authority.Equals(entry.Host, StringComparison.OrdinalIgnoreCase) || authority.Equals($"{entry.Host}:{uri.Port}", StringComparison.OrdinalIgnoreCase));

    private static bool IsPort(Entry entry, Uri uri) => uri.Port == (entry.Port ?? 443);

    private static string Shown(Uri uri) => uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port}";

    /// <summary>What stands between the slashes and the path, as it was written.</summary>
    private static string AuthorityOf(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = url.AsSpan(start).IndexOfAny('/', '?', '#');
        return end < 0 ? url[start..] : url.Substring(start, end);
    }

    private static Entry Parse(string text)
    {
        var isPlain = text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']');
        var colon = text.LastIndexOf(':') is var at && at > text.LastIndexOf(']') ? at : -1;
        var host = colon < 0 ? text : text[..colon];
        var port = 0;
        var isPort = colon < 0 || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65_535);
        // Also refuses addresses in another form than they print in (127.1, [0:0::1]): no URL would ever match them.
        if (!isPlain || !isPort || !Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var uri) || !uri.Host.Equals(host, StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"'{text}' in the list of webhook hosts is not host or host:port; write it like discord.com, hooks.example.org:8443 or 127.0.0.1:9000.");
        var loopback = IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address) ? address : null;
        return new Entry(text, host, colon < 0 ? null : port, loopback);
    }

    /// <param name="Text">As it was given.</param>
    /// <param name="Host">IPv6 in brackets.</param>
    /// <param name="Loopback">The host, if it is a loopback address and no name.</param>
    private sealed record Entry(string Text, string Host, int? Port, IPAddress? Loopback);
}
