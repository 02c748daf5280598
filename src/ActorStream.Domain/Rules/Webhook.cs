using System.Globalization;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Rules;

/// <summary>What may be known of a webhook URL outside of the request that uses it: the URL holds a token.</summary>
public static class Webhook
{
    private const string Hidden = "***";

    /// <summary>Eight hex digits that name the webhook in keys and to operators; stable for ever, says nothing about the token.</summary>
    public static string KeyOf(string url) => StableHash.Of(url).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Which of the fixed notice groups sends to it; 0 &lt;= result &lt; <paramref name="groups"/>.</summary>
    public static int GroupOf(string url, int groups) => StableHash.Bucket(url, groups);

    /// <summary>The URL for people: host and, of Discord's own form, the webhook's id; everything else hidden.</summary>
    public static string Masked(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return Hidden;
        var shown = $"{uri.Scheme}://{uri.Authority}/";
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(segments, "webhooks");
        var isDiscordForm = at is 1 or 2 && segments[0] == "api" && at + 1 < segments.Length && segments[at + 1].All(char.IsAsciiDigit);
        return isDiscordForm ? $"{shown}{string.Join('/', segments[..(at + 2)])}/{Hidden}" : shown + Hidden;
    }
}
