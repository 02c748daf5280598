using System.Runtime.Serialization;
using ActorStream.Domain.Records;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Tags as name, value, name, value.</summary>
internal static class Series
{
    public static void Write(SeriesKey series, RepeatedField<string> tags)
    {
        foreach (var (name, value) in series.Tags)
        {
            tags.Add(name);
            tags.Add(value);
        }
    }

    /// <summary>No tags give <see cref="SeriesKey.Empty"/> itself.</summary>
    public static SeriesKey Read(RepeatedField<string> tags)
    {
        if (tags.Count == 0)
            return SeriesKey.Empty;
        if (tags.Count % 2 != 0)
            throw new SerializationException($"Tags hold {tags.Count} strings; names and values come in pairs.");
        var pairs = new KeyValuePair<string, string>[tags.Count / 2];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = new(tags[2 * i], tags[(2 * i) + 1]);
            if (i > 0 && string.CompareOrdinal(pairs[i - 1].Key, pairs[i].Key) >= 0)
                throw new SerializationException($"Tag {pairs[i].Key} stands out of order: names are unique and in ordinal order.");
        }
        return new SeriesKey(pairs);
    }
}
