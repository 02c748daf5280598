using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Topics;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Rules;

internal static class RuleReplies
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>With the version as its ETag.</summary>
    public static Task WriteAsync(HttpContext context, VersionedRule rule, bool mayShowSecrets)
    {
        context.Response.Headers.ETag = IfMatch.TagOf(rule.Position);
        return SendAsync(context, json => RuleJson.Write(json, rule.Rule, isMasked: !mayShowSecrets));
    }

    public static Task WriteListAsync(HttpContext context, IEnumerable<VersionedRule> rules, bool mayShowSecrets)
        => SendAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var rule in rules)
                RuleJson.Write(json, rule.Rule, isMasked: !mayShowSecrets);
            json.WriteEndArray();
        });

    /// <summary><c>{}</c></summary>
    public static Task WriteEmptyAsync(HttpContext context) => SendAsync(context, static json =>
    {
        json.WriteStartObject();
        json.WriteEndObject();
    });

    private static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Relaxed))
            write(json);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
