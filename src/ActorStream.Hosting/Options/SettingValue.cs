using System.Globalization;
using System.Net;

namespace ActorStream.Hosting.Options;

/// <summary>What a raw text means; null (or false) when it means nothing allowed. Invariant, strict: no spaces inside, no signs, no exponents.</summary>
internal static class SettingValue
{
    public static int? Whole(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most ? n : null;

    public static bool? OnOff(string text) => text.ToLowerInvariant() switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => null,
    };

    /// <summary>A number and a unit: ms, s, m, h, d.</summary>
    public static TimeSpan? Time(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.");
        if (digits <= 0 || !double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) || n > 100_000_000)
            return null;
        return text[digits..].Trim() switch
        {
            "ms" => TimeSpan.FromMilliseconds(n),
            "s" => TimeSpan.FromSeconds(n),
            "m" => TimeSpan.FromMinutes(n),
            "h" => TimeSpan.FromHours(n),
            "d" when n <= 100_000 => TimeSpan.FromDays(n),
            _ => null,
        };
    }

    /// <summary>A whole number and a unit: B, KiB, MiB, GiB.</summary>
    public static long? Bytes(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789");
        if (digits <= 0 || !int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            return null;
        return text[digits..].Trim() switch
        {
            "B" => n,
            "KiB" => (long)n << 10,
            "MiB" => (long)n << 20,
            "GiB" when n <= 1 << 20 => (long)n << 30,
            _ => null,
        };
    }

    public static bool IsName(string text) => text.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>As Kafka names topics.</summary>
    public static bool IsTopic(string text) => text.Length is > 0 and <= 249 && text is not ("." or "..") && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>A setting of librdkafka that is not this program's to decide.</summary>
    public static bool IsKafkaClientName(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_')
        && text is not ("bootstrap.servers" or "group.id" or "acks" or "isolation.level" or "transactional.id")
        && !text.StartsWith("auto.", StringComparison.Ordinal) && (!text.StartsWith("enable.", StringComparison.Ordinal) || text.StartsWith("enable.s", StringComparison.Ordinal));

    /// <summary>A DNS name, an IPv4 address, or an IPv6 address with or without brackets.</summary>
    public static bool IsHost(string text) =>
        Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 || (Uri.CheckHostName(text) == UriHostNameType.IPv6 && !text.Contains('%'));

    public static bool IsAddress(string text) => Uri.CheckHostName(text) is UriHostNameType.IPv4 or UriHostNameType.IPv6 && IPAddress.TryParse(text.Trim('[', ']'), out _);

    /// <summary>Binds every address of the machine, and is no name others could call.</summary>
    public static bool IsWildcard(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    public static HostPort? HostAndPort(string text, int portLeast)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || Whole(text[(colon + 1)..], portLeast, 65535) is not { } port)
            return null;
        var host = text[..colon];
        return IsHost(host) && (host.StartsWith('[') || !host.Contains(':')) ? new HostPort(host, port) : null;
    }

    /// <summary><c>http://HOST:PORT</c> with an address or <c>localhost</c>, the only names that can be bound; a slash at the end is taken off.</summary>
    public static string? HttpUrl(string text)
    {
        const string scheme = "http://";
        var rest = text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..].TrimEnd('/') : "";
        return HostAndPort(rest, 0) is { } at && (at.Host == "localhost" || IsAddress(at.Host)) ? $"{scheme}{at}" : null;
    }
}
