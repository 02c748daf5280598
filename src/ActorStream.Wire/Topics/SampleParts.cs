using System.Text.Json;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <summary>One member's value as it was written, a string with its quotes and escapes. <see cref="JsonTokenType.None"/> when it is absent.</summary>
internal readonly ref struct RawMember(ReadOnlySpan<byte> text, JsonTokenType type)
{
    public readonly ReadOnlySpan<byte> Text = text;
    public readonly JsonTokenType Type = type;

    public bool IsAbsent => Type is JsonTokenType.None or JsonTokenType.Null;
}

/// <summary>The members of a sample's JSON object that mean something, as they were written. Of equal members the last one counts; others are skipped. Hot path.</summary>
internal ref struct SampleParts
{
    /// <summary>Digits of one number; a double written out in full takes 325.</summary>
    public const int NumberBytesMax = 400;

    /// <summary>A time in quotes, every byte escaped.</summary>
    public const int TimeRawBytesMax = (6 * TimeBytesMax) + 2;

    private const int TimeBytesMax = 64;

    public RawMember Name;
    public RawMember Value;
    public RawMember Tags;
    public RawMember Time;

    /// <summary>Reads from the start of an object to its end.</summary>
    /// <param name="text">What the reader reads, from its first byte.</param>
    public static SampleParts Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        var parts = default(SampleParts);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            reader.Read();
            var (type, start) = (reader.TokenType, (int)reader.TokenStartIndex);
            reader.Skip();
            var raw = new RawMember(text[start..(int)reader.BytesConsumed], type);
            switch (member)
            {
                case Member.Name:
                    parts.Name = raw;
                    break;
                case Member.Value:
                    parts.Value = raw;
                    break;
                case Member.Tags:
                    parts.Tags = raw;
                    break;
                case Member.Time:
                    parts.Time = raw;
                    break;
                case Member.Other:
                    break;
                default:
                    throw new InvalidOperationException($"Member {member} has no place.");
            }
        }
        return parts;
    }

    public readonly bool TryValue(out double value, out Unreadable why)
    {
        value = 0;
        why = default;
        if (Value.Type == JsonTokenType.None)
            why = new(UnreadableReason.ValueMissing, "The sample has no value; it needs a member value with a JSON number.");
        else if (Value.Type != JsonTokenType.Number)
            why = new(UnreadableReason.ValueNotANumber, $"value is {Unreadable.Excerpt(Value.Text)}; it must be a JSON number.");
        else if (Value.Text.Length > NumberBytesMax)
            why = new(UnreadableReason.ValueNotANumber, $"value is a number of {Value.Text.Length} digits; at most {NumberBytesMax} are read.");
        else if (!double.IsFinite(value = JsonNumber.Parse(Value.Text)))
            why = new(UnreadableReason.ValueNotFinite, $"value is {Unreadable.Excerpt(Value.Text)}, which no double holds; it must be finite, within ±1.8e308.");
        return why.Reason == UnreadableReason.None;
    }

    /// <summary>Absent or null gives <see cref="PartitionId.NoTime"/>.</summary>
    public readonly bool TryTime(out long timeMs, out Unreadable why)
    {
        why = default;
        timeMs = PartitionId.NoTime;
        if (Time.IsAbsent || (Time.Type == JsonTokenType.Number && TimeText.TryMilliseconds(Time.Text, out timeMs)))
            return true;
        if (Time.Type == JsonTokenType.String && TryTimeText(out timeMs))
            return true;
        why = new(UnreadableReason.TimeInvalid, $"ts is {Unreadable.Excerpt(Time.Text)}; it must be RFC 3339 text or whole epoch milliseconds, within the years 1 to 9999.");
        return false;
    }

    /// <summary>Absent or null gives <see cref="SeriesKey.Empty"/>.</summary>
    public readonly bool TrySeries(SeriesInterner interner, out SeriesKey series, out Unreadable why)
    {
        why = default;
        series = SeriesKey.Empty;
        if (Tags.IsAbsent)
            return true;
        if (Tags.Type == JsonTokenType.StartObject)
        {
            var good = interner.TryGet(Tags.Text, out var found, out why);
            series = found ?? SeriesKey.Empty;
            return good;
        }
        why = new(UnreadableReason.TagsInvalid, $"tags is {Unreadable.Excerpt(Tags.Text)}; it must be an object of names to strings or numbers.");
        return false;
    }

    /// <param name="quoted">A JSON string with its quotes.</param>
    /// <returns>False when it does not fit, or holds an escape that is half of a surrogate pair.</returns>
    public static bool TryUnescape(ReadOnlySpan<byte> quoted, Span<byte> into, out int written)
    {
        written = 0;
        var inner = quoted[1..^1];
        if (!inner.Contains((byte)'\\'))
        {
            if (inner.Length > into.Length)
                return false;
            inner.CopyTo(into);
            written = inner.Length;
            return true;
        }
        // Escapes are rare, and at worst six bytes for one.
        if (inner.Length > 6 * into.Length)
            return false;
        var whole = new byte[inner.Length];
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        try
        {
            written = reader.CopyString(whole);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        return whole.AsSpan(0, written).TryCopyTo(into);
    }

    private readonly bool TryTimeText(out long timeMs)
    {
        Span<byte> buffer = stackalloc byte[TimeBytesMax];
        timeMs = 0;
        return TryUnescape(Time.Text, buffer, out var written) && TimeText.TryRfc3339(buffer[..written], out timeMs);
    }

    private static Member MemberOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
            return MemberOfEscaped(ref reader);
        var name = reader.ValueSpan;
        if (name.SequenceEqual("name"u8))
            return Member.Name;
        if (name.SequenceEqual("value"u8))
            return Member.Value;
        if (name.SequenceEqual("tags"u8))
            return Member.Tags;
        return name.SequenceEqual("ts"u8) ? Member.Time : Member.Other;
    }

    private static Member MemberOfEscaped(ref Utf8JsonReader reader) => reader.GetString() switch
    {
        "name" => Member.Name,
        "value" => Member.Value,
        "tags" => Member.Tags,
        "ts" => Member.Time,
        _ => Member.Other,
    };

    private enum Member
    {
        Other,
        Name,
        Value,
        Tags,
        Time,
    }
}
