using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStream.Domain.Windows;

namespace ActorStream.Wire.Topics;

/// <summary>A record's value on a results topic (compatibility.md section 2): one JSON object in UTF-8, without a newline.</summary>
/// <remarks>
/// Members in this order: <c>window_id, window_start, window_end, data, event_time, result_id, revision</c>, and of a retraction <c>retracted, merged_into</c>.
/// <c>data</c> holds <c>count, sum, min, max, avg, last_updated</c> and, where the pipeline asks for them, <c>last, stddev, distinct, quantiles</c>.
/// Times are ISO 8601 in UTC with milliseconds; beyond the years 1 to 9999 epoch milliseconds as a number. Event time and last update are the
/// greatest event time of the window; of a retraction, which has no events, null.
/// </remarks>
public static class ResultJson
{
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ReadOnlySpan<byte> ProcessingTime => ",\"processing_time\":"u8;

    /// <param name="quantiles">The plan's, in its order; they name the members of <c>quantiles</c> of a result that does not say itself which it holds. Where there are more or fewer, the
    /// members are <c>#1</c>, <c>#2</c>, …: a result that waits for its topic is never held up by what its pipeline asks for now.</param>
    public static byte[] Encode(WindowResult result, IReadOnlyList<double> quantiles)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("window_id"u8, result.WindowId);
        WriteTime(writer, "window_start"u8, result.StartMs);
        WriteTime(writer, "window_end"u8, result.EndMs);
        WriteData(writer, result, quantiles);
        WriteEventTime(writer, "event_time"u8, result);
        writer.WriteString("result_id"u8, result.ResultId);
        writer.WriteNumber("revision"u8, result.Revision);
        if (result.MergedInto is { } into)
        {
            writer.WriteBoolean("retracted"u8, true);
            writer.WriteString("merged_into"u8, into);
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The line that sinks write: the value with <c>processing_time</c> as its last member, and a newline. Hot path: nothing is parsed.</summary>
    /// <param name="appendTimeMs">When the topic took the record, epoch milliseconds: the same at each attempt.</param>
    /// <exception cref="InvalidDataException">The value is no object.</exception>
    public static void WithProcessingTime(ReadOnlySpan<byte> value, long appendTimeMs, IBufferWriter<byte> into)
    {
        if (value.Length < 3 || value[0] != '{' || value[^1] != '}')
            throw new InvalidDataException($"A result is {Unreadable.Excerpt(value)}; it is a JSON object with members.");
        into.Write(value[..^1]);
        into.Write(ProcessingTime);
        Span<byte> text = stackalloc byte[TimeText.Iso8601Bytes];
        if (TimeText.TryFormat(appendTimeMs, text))
        {
            into.Write("\""u8);
            into.Write(text);
            into.Write("\"}\n"u8);
        }
        else
        {
            Span<byte> number = stackalloc byte[20];
            appendTimeMs.TryFormat(number, out var length, provider: CultureInfo.InvariantCulture);
            into.Write(number[..length]);
            into.Write("}\n"u8);
        }
    }

    private static void WriteData(Utf8JsonWriter writer, WindowResult result, IReadOnlyList<double> quantiles)
    {
        var data = result.Data;
        writer.WriteStartObject("data"u8);
        writer.WriteNumber("count"u8, data.Count);
        writer.WriteNumber("sum"u8, data.Sum);
        writer.WriteNumber("min"u8, data.Min);
        writer.WriteNumber("max"u8, data.Max);
        writer.WriteNumber("avg"u8, data.Avg);
        WriteEventTime(writer, "last_updated"u8, result);
        if (data.Last is { } last)
            writer.WriteNumber("last"u8, last);
        if (data.StdDev is { } deviation)
            writer.WriteNumber("stddev"u8, deviation);
        if (data.Distinct is { } distinct)
            writer.WriteNumber("distinct"u8, distinct);
        if (data.Quantiles is { } values)
            WriteQuantiles(writer, result, values, quantiles);
        writer.WriteEndObject();
    }

    private static void WriteQuantiles(Utf8JsonWriter writer, WindowResult result, IReadOnlyList<double> values, IReadOnlyList<double> quantiles)
    {
        var ranks = result.Data.Ranks ?? quantiles;
        writer.WriteStartObject("quantiles"u8);
        for (var i = 0; i < values.Count; i++)
            writer.WriteNumber(ranks.Count == values.Count ? ranks[i].ToString("R", CultureInfo.InvariantCulture) : $"#{i + 1}", values[i]);
        writer.WriteEndObject();
    }

    private static void WriteEventTime(Utf8JsonWriter writer, ReadOnlySpan<byte> member, WindowResult result)
    {
        if (result.Data.Count == 0)
            writer.WriteNull(member);
        else
            WriteTime(writer, member, result.Data.LastUpdatedMs);
    }

    internal static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> member, long timeMs)
    {
        Span<byte> text = stackalloc byte[TimeText.Iso8601Bytes];
        if (TimeText.TryFormat(timeMs, text))
            writer.WriteString(member, text);
        else
            writer.WriteNumber(member, timeMs);
    }
}
