using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace ActorStream.Edge.Errors;

/// <summary>RFC 9457 problem documents: the only shape an error has.</summary>
internal static class Problem
{
    private const int ExcerptLengthMax = 120;

    /// <param name="detail">A sentence with the value, the limit and the remedy.</param>
    /// <param name="errors">Every fault, where there may be several.</param>
    /// <param name="more">Writes further members.</param>
    public static async Task WriteAsync(HttpContext context, int status, string detail, IReadOnlyList<string>? errors = null, Action<Utf8JsonWriter>? more = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        await using (var json = new Utf8JsonWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            if (errors is { Count: > 0 })
            {
                json.WriteStartArray("errors");
                foreach (var error in errors)
                    json.WriteStringValue(error);
                json.WriteEndArray();
            }
            more?.Invoke(json);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>503: certainly not done, may be repeated.</summary>
    public static Task WriteUnavailableAsync(HttpContext context, string detail, int retryAfterSeconds)
    {
        context.Response.Headers.RetryAfter = retryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return WriteAsync(context, 503, detail);
    }

    /// <summary>What a client sent, short enough to be shown back.</summary>
    public static string Excerpt(string text) => text.Length <= ExcerptLengthMax ? text : $"{text.AsSpan(0, ExcerptLengthMax)}…";
}
