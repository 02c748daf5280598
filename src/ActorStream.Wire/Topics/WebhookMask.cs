namespace ActorStream.Wire.Topics;

/// <summary>Hides what makes a webhook URL a secret: the token in its path, user and password, and its query.</summary>
public static class WebhookMask
{
    private const string Hidden = "***";
    private const string Webhooks = "/webhooks/";

    /// <summary><c>https://discord.com/api/webhooks/ID/TOKEN</c> becomes <c>https://discord.com/api/webhooks/ID/***</c>. Without that form the last segment is hidden; what is no web address is hidden whole.</summary>
    public static string Mask(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
            return Hidden;
        var query = uri.Query.Length + uri.Fragment.Length > 0 ? "?" + Hidden : "";
        return $"{uri.Scheme}://{uri.Authority}{MaskPath(uri.AbsolutePath)}{query}";
    }

    private static string MaskPath(string path)
    {
        var at = path.IndexOf(Webhooks, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var idAt = at + Webhooks.Length;
            var end = path.IndexOf('/', idAt);
            // Only a number is surely an id; anything else there may be the token itself.
            if (end > idAt && path.AsSpan(idAt, end - idAt).IndexOfAnyExceptInRange('0', '9') < 0)
                return path[..(end + 1)] + Hidden;
            return path[..idAt] + Hidden;
        }
        var trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? path : trimmed[..(trimmed.LastIndexOf('/') + 1)] + Hidden;
    }
}
