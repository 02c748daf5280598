using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Bodies;

internal enum BodyKind
{
    Json,
    NdJson,
    Refused,
}

/// <summary>Decides by the headers how a body is read, before a byte of it is.</summary>
internal static class BodyKinds
{
    /// <summary><see cref="BodyKind.Refused"/>: answered with 415.</summary>
    /// <remarks>What a web form can send without asking first (text/plain, form data) is among the refused.</remarks>
    public static async ValueTask<BodyKind> OfAsync(HttpContext context, bool ndJsonToo, bool gzipToo = false)
    {
        if (context.Request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase) && !(gzipToo && IsGzip(context)))
            return await RefuseAsync(context, $"Content-Encoding '{Problem.Excerpt(encoding.ToString())}' is not taken; send the body uncompressed{(gzipToo ? " or as gzip" : "")}.");
        if (context.Request.ContentType is not { Length: > 0 } type)
            return BodyKind.Json;
        if (!IsUtf8(type))
            return await RefuseAsync(context, $"Content-Type '{Problem.Excerpt(type)}' is not UTF-8; send UTF-8.");
        var media = type.AsSpan(0, type.IndexOf(';') is var cut and >= 0 ? cut : type.Length).Trim();
        if (Is(media, "application/json") || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            return BodyKind.Json;
        if (ndJsonToo && (Is(media, "application/x-ndjson") || Is(media, "application/ndjson") || Is(media, "application/jsonl")))
            return BodyKind.NdJson;
        return await RefuseAsync(context, $"Content-Type '{Problem.Excerpt(type)}' is not taken; send application/json{(ndJsonToo ? " or application/x-ndjson" : "")}.");
    }

    public static bool IsGzip(HttpContext context) => context.Request.Headers.ContentEncoding.ToString().ToLowerInvariant() is "gzip" or "x-gzip";

    private static bool Is(ReadOnlySpan<char> media, string known) => media.Equals(known, StringComparison.OrdinalIgnoreCase);

    private static bool IsUtf8(string type)
    {
        var at = type.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return at < 0 || type.AsSpan(at + "charset=".Length).Trim("\" ").StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
    }

    private static async ValueTask<BodyKind> RefuseAsync(HttpContext context, string sentence)
    {
        await Problem.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, sentence);
        return BodyKind.Refused;
    }
}
