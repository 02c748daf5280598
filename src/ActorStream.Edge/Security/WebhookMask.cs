namespace ActorStream.Edge.Security;

/// <summary>A webhook URL without its token.</summary>
public static class WebhookMask
{
    private const string Masked = "***";

    /// <summary>The last path segment is the token; user info and query may hold one too. What is no URL is masked whole.</summary>
    public static string Of(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return Masked;
        var path = uri.AbsolutePath.TrimEnd('/');
        return $"{uri.Scheme}://{uri.Authority}{path[..(path.LastIndexOf('/') + 1)]}{(path.Length == 0 ? "/" : "")}{Masked}";
    }
}
