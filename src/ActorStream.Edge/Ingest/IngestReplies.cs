using System.Text.Json;
using ActorStream.Wire.Topics;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Ingest;

internal static class IngestReplies
{
    /// <summary>The sample's name, and its value with the digits it was sent with.</summary>
    public static Task WriteEchoAsync(HttpContext context, string name, string valueText)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WritePropertyName("value");
            json.WriteRawValue(valueText);
            json.WriteEndObject();
        }
        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    /// <summary>Lists at most <see cref="IngestTally.ListedMax"/> rejections; where there are more, <c>rejected_total</c> tells how many.</summary>
    public static Task WriteTallyAsync(HttpContext context, IngestTally tally)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteNumber("accepted", tally.Accepted);
            json.WriteStartArray("rejected");
            foreach (var (index, detail) in tally.Rejected)
            {
                json.WriteStartObject();
                json.WriteNumber("index", index);
                json.WriteString("detail", detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (tally.RejectedTotal > tally.Rejected.Count)
                json.WriteNumber("rejected_total", tally.RejectedTotal);
            json.WriteEndObject();
        }
        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }
}
