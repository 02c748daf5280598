using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <summary>Tags of a sample, <c>{"machine": 12354}</c>, as a series: names in ordinal order, numbers by the text they were written with. Of equal names the last one counts.</summary>
internal static class TagsJson
{
    public const int TagsMax = 32;
    public const int NameBytesMax = 200;
    public const int ValueBytesMax = 200;

    /// <summary>All names and values of a sample: with what the wire adds they stay below the 1 KiB that <see cref="Domain.Alarms.SampleBatch.WireBytes"/> reckons with.</summary>
    public const int AllBytesMax = 768;

    /// <summary>The object as it is written; six times the text, for escapes, and some white space.</summary>
    public const int RawBytesMax = 8_192;

    public static bool TryRead(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out SeriesKey? series, out Unreadable why)
    {
        series = null;
        if (raw.Length > RawBytesMax)
        {
            why = Refuse($"The tags take {raw.Length} bytes as written; at most {RawBytesMax} are read.");
            return false;
        }
        try
        {
            return TryReadObject(raw, out series, out why);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports an escape that is half of a surrogate pair.
            why = Refuse($"The tags {Unreadable.Excerpt(raw)} cannot be read: {error.Message}");
            return false;
        }
    }

    private static bool TryReadObject(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out SeriesKey? series, out Unreadable why)
    {
        series = null;
        why = default;
        var reader = new Utf8JsonReader(raw);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            why = Refuse($"tags is {Unreadable.Excerpt(raw)}; it must be an object of names to strings or numbers.");
            return false;
        }
        var tags = new SortedList<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            {
                why = Refuse($"Tag {Cut(name)} is a {reader.TokenType}; a tag is a string or a number.");
                return false;
            }
            tags[name] = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
        }
        if (Fault(tags) is { } fault)
        {
            why = Refuse(fault);
            return false;
        }
        series = tags.Count == 0 ? SeriesKey.Empty : new SeriesKey(tags.ToArray());
        return true;
    }

    private static string? Fault(SortedList<string, string> tags)
    {
        if (tags.Count > TagsMax)
            return $"The sample has {tags.Count} tags; at most {TagsMax} are allowed.";
        var all = 0;
        foreach (var (name, value) in tags)
        {
            var (nameBytes, valueBytes) = (Encoding.UTF8.GetByteCount(name), Encoding.UTF8.GetByteCount(value));
            if (nameBytes > NameBytesMax)
                return $"The tag name {Cut(name)} has {nameBytes} bytes; at most {NameBytesMax} are allowed.";
            if (valueBytes > ValueBytesMax)
                return $"The value of tag {Cut(name)} has {valueBytes} bytes; at most {ValueBytesMax} are allowed.";
            all += nameBytes + valueBytes;
        }
        return all > AllBytesMax ? $"The tags have {all} bytes together; at most {AllBytesMax} are allowed." : null;
    }

    private static Unreadable Refuse(string sentence) => new(UnreadableReason.TagsInvalid, sentence);

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
