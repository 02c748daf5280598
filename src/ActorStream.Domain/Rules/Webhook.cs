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

    /// <summary>The URL for people: host and, where it has Discord's own form with a token behind the webhook's id, that id; everything else hidden, since any part of another form may be the secret. What is no web address is hidden whole.</summary>
    public static string Masked(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
            return Hidden;
        // The authority holds neither user nor password.
        var host = $"{uri.Scheme}://{uri.Authority}/";
        return uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["api", "webhooks", var id, _, ..] when IsNumber(id) => $"{host}api/webhooks/{id}/{Hidden}",
            ["api", ['v', .. var version] api, "webhooks", var id, _, ..] when IsNumber(version) && IsNumber(id) => $"{host}api/{api}/webhooks/{id}/{Hidden}",
            _ => host + Hidden,
        };
    }

    /// <summary>Only a number is surely no token.</summary>
    private static bool IsNumber(string segment) => segment.Length > 0 && segment.All(char.IsAsciiDigit);
}
