using System.Buffers;
using System.Text.Json;
using ActorStream.Domain.Joins;

namespace ActorStream.Wire.Topics;

/// <summary>A row of a join on a results topic: the members of <see cref="ResultJson"/>, with <c>data</c> <c>{"left":{"value","time"},"right":{"value","time"}}</c>; <c>right</c> is null where no right event met the left one.</summary>
/// <remarks>Event time is the later one of both. A retraction has <c>"retracted": true</c> and the data that it takes back.</remarks>
public static class JoinJson
{
    public static byte[] Encode(JoinResult row)
    {
        var buffer = new ArrayBufferWriter<byte>(384);
        using var writer = new Utf8JsonWriter(buffer, ResultJson.Options);
        writer.WriteStartObject();
        writer.WriteString("window_id"u8, row.WindowId);
        ResultJson.WriteTime(writer, "window_start"u8, row.StartMs);
        ResultJson.WriteTime(writer, "window_end"u8, row.EndMs);
        writer.WriteStartObject("data"u8);
        WriteEvent(writer, "left"u8, row.Left);
        WriteEvent(writer, "right"u8, row.Right);
        writer.WriteEndObject();
        ResultJson.WriteTime(writer, "event_time"u8, Math.Max(row.Left.TimeMs, row.Right?.TimeMs ?? long.MinValue));
        writer.WriteString("result_id"u8, row.ResultId);
        writer.WriteNumber("revision"u8, row.Revision);
        if (row.IsRetracted)
            writer.WriteBoolean("retracted"u8, true);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteEvent(Utf8JsonWriter writer, ReadOnlySpan<byte> member, JoinedEvent? e)
    {
        if (e is not { } there)
        {
            writer.WriteNull(member);
            return;
        }
        writer.WriteStartObject(member);
        writer.WriteNumber("value"u8, there.Value);
        ResultJson.WriteTime(writer, "time"u8, there.TimeMs);
        writer.WriteEndObject();
    }
}
