using System.Text.Json;
using System.Text.Unicode;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <param name="TimeMs">The sample's own time, epoch milliseconds; <see cref="PartitionId.NoTime"/> when it carries none.</param>
public readonly record struct Sample(double Value, long TimeMs, SeriesKey Series)
{
    public bool HasTime => TimeMs != PartitionId.NoTime;
}

/// <summary>Reads values of the <c>metrics</c> topic (compatibility.md 1.1). Hot path: a value without tags, or with tags met before, allocates nothing. Not thread safe.</summary>
/// <remarks>Unknown members are skipped, of equal members the last one counts, null tags and times count as absent.</remarks>
public sealed class SampleJson(SeriesInterner interner)
{
    /// <summary>Reads <c>{"value": 501}</c> and its relatives; false with the reason when it cannot. Never throws.</summary>
    public bool TryRead(ReadOnlySpan<byte> json, out Sample sample, out Unreadable why)
    {
        why = default;
        if (TryReadBare(json, out var value))
        {
            sample = new Sample(value, PartitionId.NoTime, SeriesKey.Empty);
            return true;
        }
        return TryReadAny(json, out sample, out why);
    }

    /// <summary>Exactly <c>{"value":NUMBER}</c>, at most one space after the colon; anything else, right or wrong, is left to the general path.</summary>
    internal static bool TryReadBare(ReadOnlySpan<byte> json, out double value)
    {
        value = 0;
        if (!json.StartsWith("{\"value\":"u8) || json[^1] != '}')
            return false;
        var number = json[9..^1];
        if (!number.IsEmpty && number[0] == ' ')
            number = number[1..];
        if (number.IsEmpty || number.Length > SampleParts.NumberBytesMax || JsonNumber.Scan(number) != number.Length)
            return false;
        value = JsonNumber.Parse(number);
        return double.IsFinite(value);
    }

    internal bool TryReadAny(ReadOnlySpan<byte> json, out Sample sample, out Unreadable why)
    {
        sample = default;
        if (json.IsEmpty)
            why = new(UnreadableReason.NullRecord, "The record has no value; a sample is a JSON object with a member value.");
        else if (!Utf8.IsValid(json))
            why = new(UnreadableReason.NotUtf8, "The record is not UTF-8; a sample is a JSON object in UTF-8.");
        else
            return TryReadText(json, out sample, out why);
        return false;
    }

    private bool TryReadText(ReadOnlySpan<byte> json, out Sample sample, out Unreadable why)
    {
        sample = default;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                reader.Read();
                why = new(UnreadableReason.NotAnObject, $"The record is {Unreadable.Excerpt(json)}; a sample is a JSON object with a member value.");
                return false;
            }
            var parts = SampleParts.Read(ref reader, json);
            // The end of the text is only seen by asking for more; this throws on what follows the object.
            reader.Read();
            if (!parts.TryValue(out var value, out why) || !parts.TryTime(out var timeMs, out why) || !parts.TrySeries(interner, out var series, out why))
                return false;
            sample = new Sample(value, timeMs, series);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports an escape that is half of a surrogate pair.
            why = new(UnreadableReason.NotJson, $"The record is no JSON: {error.Message}");
            return false;
        }
    }
}
