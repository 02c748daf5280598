using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>The body of a POST to a generic receiver: one alarm as one flat object. Members are added, never changed or taken away.</summary>
/// <remarks>Values and times are exact: <c>value</c> reads back as the same double, <c>threshold</c> stands as the rule wrote it, <c>time_ms</c> holds what no calendar does.</remarks>
public static class JsonMessage
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> Build(AlarmRecord alarm)
    {
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using var json = new Utf8JsonWriter(buffer, Json);
        json.WriteStartObject();
        json.WriteString("id", alarm.Id.Text);
        json.WriteString("kind", KindText(alarm.Kind));
        json.WriteString("episode", alarm.Episode.Text);
        json.WriteString("rule_id", alarm.RuleId);
        json.WriteString("metric_name", alarm.Metric);
        json.WriteStartObject("tags");
        foreach (var (name, value) in alarm.Series.Tags)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteNumber("value", alarm.Value);
        json.WriteString("operator", Comparison.Symbol(alarm.Operator));
        WriteThreshold(json, alarm.ThresholdText);
        json.WriteString("time", NoticeTime.Of(alarm));
        json.WriteNumber("time_ms", alarm.TimeMs);
        json.WriteString("received", NoticeTime.Text(alarm.AppendTimeMs));
        json.WriteNumber("received_ms", alarm.AppendTimeMs);
        json.WriteNumber("suppressed", alarm.Suppressed);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static string KindText(AlarmKind kind) => kind switch
    {
        AlarmKind.Triggered => "triggered",
        AlarmKind.Resolved => "resolved",
        AlarmKind.Stale => "stale",
        AlarmKind.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no kind of alarm that a message is known for"),
    };

    /// <summary>A number as it was written; a text that is no JSON number, which no rule of ours holds, as a string.</summary>
    private static void WriteThreshold(Utf8JsonWriter json, string text)
    {
        json.WritePropertyName("threshold");
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (IsNumber(utf8))
            json.WriteRawValue(utf8, skipInputValidation: true);
        else
            json.WriteStringValue(text);
    }

    private static bool IsNumber(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == utf8.Length && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
