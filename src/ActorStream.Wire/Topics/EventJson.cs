using System.Text.Json;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <summary>Which members of an event mean something.</summary>
/// <param name="Distinct">Null: what is counted as distinct is the value.</param>
public sealed record EventMembers(string Key, string Time, string Value, string? Distinct = null);

/// <summary>What a window needs of an event. The spans are valid until the next event is read.</summary>
public readonly ref struct ParsedEvent(ReadOnlySpan<byte> key, long timeMs, double value, ReadOnlySpan<byte> distinct)
{
    /// <summary>Without quotes and escapes; a number as it was written.</summary>
    public readonly ReadOnlySpan<byte> Key = key;

    /// <summary>Epoch milliseconds; <see cref="PartitionId.NoTime"/> when it carries none.</summary>
    public readonly long TimeMs = timeMs;

    /// <summary>Finite.</summary>
    public readonly double Value = value;

    /// <summary>The distinct member as it was written; empty when it is absent or the value is counted.</summary>
    public readonly ReadOnlySpan<byte> Distinct = distinct;
}

/// <summary>Reads events of a pipeline's source (compatibility.md section 2): one JSON object each. Hot path: nothing is allocated. Not thread safe.</summary>
/// <remarks>
/// An object of plain texts and numbers, as nearly all are, is read in one pass over its bytes; whatever else there is, right or wrong, is left to the general reader.
/// Unknown members are skipped, of equal members the last one counts.
/// </remarks>
public sealed class EventJson(EventMembers members)
{
    public const int KeyBytesMax = 512;
    private const int TimeBytesMax = 64;

    private readonly byte[] _keyName = System.Text.Encoding.UTF8.GetBytes(members.Key);
    private readonly byte[] _timeName = System.Text.Encoding.UTF8.GetBytes(members.Time);
    private readonly byte[] _valueName = System.Text.Encoding.UTF8.GetBytes(members.Value);
    private readonly byte[]? _distinctName = members.Distinct is { } name ? System.Text.Encoding.UTF8.GetBytes(name) : null;
    private readonly byte[] _key = new byte[KeyBytesMax];

    private static ReadOnlySpan<byte> DefaultKey => "default"u8;

    /// <summary>False with the reason when it cannot. Never throws.</summary>
    public bool TryRead(ReadOnlySpan<byte> json, out ParsedEvent parsed, out Unreadable why)
    {
        var parts = default(Parts);
        why = default;
        if (TryPlain(json, ref parts))
            return TryBuild(parts, out parsed, out why);
        parsed = default;
        if (json.IsEmpty)
            why = new(UnreadableReason.NullRecord, "The record has no value; an event is a JSON object.");
        else if (!System.Text.Unicode.Utf8.IsValid(json))
            why = new(UnreadableReason.NotUtf8, "The record is not UTF-8; an event is a JSON object in UTF-8.");
        else
            return TryAny(json, out parsed, out why);
        return false;
    }

    /// <summary>One pass; false at anything unusual.</summary>
    private bool TryPlain(ReadOnlySpan<byte> json, ref Parts parts)
    {
        if (json.IsEmpty || json[0] != '{')
            return false;
        var at = 1;
        while (true)
        {
            at = SkipSpaces(json, at);
            var nameEnd = EndOfPlain(json, at);
            if (nameEnd < 0)
                return false;
            var name = json[(at + 1)..nameEnd];
            at = SkipSpaces(json, nameEnd + 1);
            if (at >= json.Length || json[at] != ':')
                return false;
            at = SkipSpaces(json, at + 1);
            var start = at;
            at = EndOfScalar(json, at, out var type);
            if (at < 0)
                return false;
            Put(ref parts, name, new RawMember(json[start..at], type));
            at = SkipSpaces(json, at);
            if (at >= json.Length)
                return false;
            if (json[at] == '}')
                return json[(at + 1)..].Trim(" \r\n\t"u8).IsEmpty;
            if (json[at++] != ',')
                return false;
        }
    }

    private void Put(ref Parts parts, ReadOnlySpan<byte> name, RawMember value)
    {
        // One member may be several things: a value that is counted as distinct too, for example.
        if (name.SequenceEqual(_keyName))
            parts.Key = value;
        if (name.SequenceEqual(_timeName))
            parts.Time = value;
        if (name.SequenceEqual(_valueName))
            parts.Value = value;
        if (_distinctName is not null && name.SequenceEqual(_distinctName))
            parts.Distinct = value;
    }

    private bool TryAny(ReadOnlySpan<byte> json, out ParsedEvent parsed, out Unreadable why)
    {
        parsed = default;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                why = new(UnreadableReason.NotAnObject, $"The record is {Unreadable.Excerpt(json)}; an event is a JSON object.");
                return false;
            }
            var parts = ReadParts(ref reader, json);
            // The end of the text is only seen by asking for more; this throws on what follows the object.
            reader.Read();
            return TryBuild(parts, out parsed, out why);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports an escape that is half of a surrogate pair.
            why = new(UnreadableReason.NotJson, $"The record is no JSON: {error.Message}");
            return false;
        }
    }

    private Parts ReadParts(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var parts = default(Parts);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (key, time, value) = (reader.ValueTextEquals(_keyName), reader.ValueTextEquals(_timeName), reader.ValueTextEquals(_valueName));
            var distinct = _distinctName is not null && reader.ValueTextEquals(_distinctName);
            reader.Read();
            var (type, start) = (reader.TokenType, (int)reader.TokenStartIndex);
            reader.Skip();
            var raw = new RawMember(json[start..(int)reader.BytesConsumed], type);
            if (key)
                parts.Key = raw;
            if (time)
                parts.Time = raw;
            if (value)
                parts.Value = raw;
            if (distinct)
                parts.Distinct = raw;
        }
        return parts;
    }

    private bool TryBuild(Parts parts, out ParsedEvent parsed, out Unreadable why)
    {
        parsed = default;
        if (!TryKey(parts.Key, out var key, out why) || !TryTime(parts.Time, out var timeMs, out why) || !TryValue(parts.Value, out var value, out why))
            return false;
        parsed = new ParsedEvent(key, timeMs, value, parts.Distinct.IsAbsent ? default : parts.Distinct.Text);
        return true;
    }

    private bool TryKey(RawMember member, out ReadOnlySpan<byte> key, out Unreadable why)
    {
        why = default;
        key = DefaultKey;
        if (member.IsAbsent)
            return true;
        var written = 0;
        if (member.Type == JsonTokenType.Number)
            key = member.Text;
        else if (member.Type == JsonTokenType.String && !member.Text.Contains((byte)'\\'))
            key = member.Text[1..^1];
        else if (member.Type == JsonTokenType.String && SampleParts.TryUnescape(member.Text, _key, out written))
            key = _key.AsSpan(0, written);
        else
            key = default;
        if (member.Type is JsonTokenType.String or JsonTokenType.Number && key.Length <= KeyBytesMax && (key.Length > 0 || member.Text.Length == 2))
            return true;
        why = new(UnreadableReason.NameInvalid, $"{members.Key} is {Unreadable.Excerpt(member.Text)}; a key is a text or a number of at most {KeyBytesMax} UTF-8 bytes.");
        return false;
    }

    private bool TryTime(RawMember member, out long timeMs, out Unreadable why)
    {
        why = default;
        timeMs = PartitionId.NoTime;
        if (member.IsAbsent || (member.Type == JsonTokenType.Number && TimeText.TryMilliseconds(member.Text, out timeMs)))
            return true;
        if (member.Type == JsonTokenType.String && TryTimeText(member.Text, out timeMs))
            return true;
        why = new(UnreadableReason.TimeInvalid, $"{members.Time} is {Unreadable.Excerpt(member.Text)}; it must be ISO 8601 text or whole epoch milliseconds, within the years 1 to 9999.");
        return false;
    }

    private static bool TryTimeText(ReadOnlySpan<byte> quoted, out long timeMs)
    {
        Span<byte> buffer = stackalloc byte[TimeBytesMax];
        timeMs = 0;
        return SampleParts.TryUnescape(quoted, buffer, out var written) && TimeText.TryIso8601(buffer[..written], out timeMs);
    }

    private bool TryValue(RawMember member, out double value, out Unreadable why)
    {
        why = default;
        value = member.Type == JsonTokenType.None ? 0 : 1;
        if (member.Type != JsonTokenType.Number)
            return true;
        value = member.Text.Length <= SampleParts.NumberBytesMax ? JsonNumber.Parse(member.Text) : double.NaN;
        if (double.IsFinite(value))
            return true;
        why = new(UnreadableReason.ValueNotFinite, $"{members.Value} is {Unreadable.Excerpt(member.Text)}, which no double holds; it must be finite, within ±1.8e308, in at most {SampleParts.NumberBytesMax} digits.");
        return false;
    }

    private static int SkipSpaces(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at] == ' ')
            at++;
        return at;
    }

    /// <summary>Index of the closing quote of a text of printable ASCII without escapes; -1 for any other.</summary>
    private static int EndOfPlain(ReadOnlySpan<byte> json, int at)
    {
        if (at >= json.Length || json[at] != '"')
            return -1;
        for (var end = at + 1; end < json.Length; end++)
        {
            var b = json[end];
            if (b == '"')
                return end;
            if (b is < 0x20 or (byte)'\\' or > 0x7e)
                return -1;
        }
        return -1;
    }

    /// <summary>Index after a plain text or a number; -1 for anything else.</summary>
    private static int EndOfScalar(ReadOnlySpan<byte> json, int at, out JsonTokenType type)
    {
        type = JsonTokenType.String;
        var end = EndOfPlain(json, at);
        if (end >= 0)
            return end + 1;
        type = JsonTokenType.Number;
        var length = JsonNumber.Scan(json[Math.Min(at, json.Length)..]);
        return length == 0 ? -1 : at + length;
    }

    private ref struct Parts
    {
        public RawMember Key;
        public RawMember Time;
        public RawMember Value;
        public RawMember Distinct;
    }
}
