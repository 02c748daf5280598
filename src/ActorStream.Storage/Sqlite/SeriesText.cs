using System.Text.Json;
using ActorStream.Domain.Records;

namespace ActorStream.Storage.Sqlite;

/// <summary>Tags as one column: a JSON array of names and values in turn, which keeps their order whatever characters they hold.</summary>
internal static class SeriesText
{
    public static string Write(SeriesKey series) => JsonSerializer.Serialize(series.Tags.SelectMany(t => new[] { t.Key, t.Value }).ToArray());

    public static SeriesKey Read(string text)
    {
        var parts = JsonSerializer.Deserialize<string[]>(text) ?? [];
        return parts.Length == 0 ? SeriesKey.Empty : new SeriesKey(parts.Chunk(2).Select(p => KeyValuePair.Create(p[0], p[1])).ToArray());
    }
}
