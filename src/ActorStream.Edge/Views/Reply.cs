using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Views;

/// <summary>What all views share: how they are written, how times and numbers look, how <c>limit</c> is read.</summary>
internal static class Reply
{
    private const int LimitDefault = 100;
    private const int LimitMax = 1000;

    private static readonly long FirstMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LastMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Null beyond the years 1 to 9999: a sample may carry any time.</summary>
    public static DateTimeOffset? Time(long ms) => ms >= FirstMs && ms <= LastMs ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>A number where the text is one in JSON, so that integers stay integers; else the text.</summary>
    public static JsonElement NumberAsWritten(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Number ? document.RootElement.Clone() : Quoted(text);
        }
        catch (JsonException)
        {
            // The rules topic may be written by others.
            return Quoted(text);
        }
    }

    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, value, type, context.RequestAborted);
    }

    /// <summary>Null: answered with 422.</summary>
    public static async ValueTask<int?> LimitOrRefuseAsync(HttpContext context)
    {
        var query = context.Request.Query["limit"];
        if (query.Count == 0)
            return LimitDefault;
        if (int.TryParse(query.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LimitMax)
            return limit;
        await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"limit is '{Problem.Excerpt(query.ToString())}'; give a whole number from 1 to {LimitMax}.");
        return null;
    }

    /// <summary>The same question for the next page: <c>Link: …; rel="next"</c> (RFC 8288), so that the body stays the plain list it always was.</summary>
    public static void LinkNext(HttpContext context, (string Name, string Value) mark)
    {
        var query = context.Request.Query.Where(q => q.Key != mark.Name).SelectMany(q => q.Value, (q, value) => KeyValuePair.Create(q.Key, value)).Append(KeyValuePair.Create(mark.Name, (string?)mark.Value));
        context.Response.Headers.Link = $"<{context.Request.Path.ToUriComponent()}{QueryString.Create(query)}>; rel=\"next\"";
    }

    private static JsonElement Quoted(string text) => JsonSerializer.SerializeToElement(text, JsonShapes.Default.String);
}
