using System.Text.Json;

namespace ActorStream.Wire.Topics;

/// <summary>A record's value on the <c>pipelines</c> topic: <c>{"running":false}</c>.</summary>
public static class PipelineStateJson
{
    public static ReadOnlyMemory<byte> Write(bool isRunning) => isRunning ? "{\"running\":true}"u8.ToArray() : "{\"running\":false}"u8.ToArray();

    /// <summary>Null: it cannot be read.</summary>
    public static bool? TryRead(ReadOnlySpan<byte> value)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement is { ValueKind: JsonValueKind.Object } row && row.TryGetProperty("running", out var running)
                ? running.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
