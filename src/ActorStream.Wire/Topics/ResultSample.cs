using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ActorStream.Wire.Topics;

/// <summary>A result as a sample of <c>metrics</c> (compatibility.md 1.1): <c>{"value":…,"tags":{"key":…,"window":"tumbling"},"ts":…}</c>.</summary>
public static class ResultSample
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="value">Finite; what the sample says of the window. Its time is the window's end, epoch milliseconds.</param>
    public static byte[] Encode(ResultRecord result, double value)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteNumber("value"u8, value);
        writer.WriteStartObject("tags"u8);
        writer.WriteString("key"u8, result.Key);
        writer.WriteString("window"u8, result.WindowName);
        writer.WriteEndObject();
        writer.WriteNumber("ts"u8, result.EndMs);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
