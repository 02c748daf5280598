using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Ingest;

/// <summary>The header by which a client says that a request is the same one again (protocol.md rule 28).</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Tells a client that its request had been done already.</summary>
    public const string Replayed = "Idempotency-Replayed";

    private const int LengthMax = 200;

    /// <summary>False: answered with 400. A key that is null is absent.</summary>
    public static async ValueTask<(bool Good, string? Key)> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers[Header];
        if (header.Count == 0)
            return (true, null);
        var key = header.ToString();
        if (header.Count == 1 && key.Length is > 0 and <= LengthMax && key.All(c => c is > ' ' and <= '~'))
            return (true, key);
        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"{Header} is '{Problem.Excerpt(key)}' of {key.Length} characters; give one of 1 to {LengthMax} visible ASCII characters without spaces, such as a UUID.");
        return (false, null);
    }

    /// <summary>As draft-ietf-httpapi-idempotency-key-header says of a key that comes with another payload.</summary>
    public static Task RefuseReusedAsync(HttpContext context)
        => Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"{Header} '{Problem.Excerpt(context.Request.Headers[Header].ToString())}' belongs to an earlier request with other samples; nothing of this one was stored. Repeat that request as it was, or send this one under a new key.");
}
