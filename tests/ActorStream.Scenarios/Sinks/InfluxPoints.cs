using System.Globalization;
using System.Text.Json;

namespace ActorStream.Scenarios.Sinks;

internal sealed record PointId(string Key, int Revision, long StartMs) : IComparable<PointId>
{
    public int CompareTo(PointId? other) => (Key, Revision, StartMs).CompareTo((other!.Key, other.Revision, other.StartMs));
}

/// <summary>Results of tumbling windows by key, revision and start: as a file says them, and as the points of InfluxDB do.</summary>
internal static class InfluxPoints
{
    public static Dictionary<PointId, (long Count, double Sum, double Avg)> InFile(string file) => File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(
        r => new PointId(AsTag(r.GetProperty("window_id").GetString()!["tumbling_".Length..].Split('_')[0]), r.GetProperty("revision").GetInt32(), r.GetProperty("window_start").GetDateTimeOffset().ToUnixTimeMilliseconds()),
        r => (r.GetProperty("data").GetProperty("count").GetInt64(), r.GetProperty("data").GetProperty("sum").GetDouble(), r.GetProperty("data").GetProperty("avg").GetDouble()));

    public static async Task<Dictionary<PointId, (long Count, double Sum, double Avg)>> InAsync(InfluxServer influx)
    {
        var points = new Dictionary<PointId, (long, double, double)>();
        foreach (var series in await influx.QueryAsync("SELECT \"count\", \"sum\", \"avg\" FROM p WHERE \"revision\" != '' GROUP BY \"key\", \"revision\""))
        {
            var tags = series.GetProperty("tags");
            foreach (var values in series.GetProperty("values").EnumerateArray())
            {
                points.Add(
                    new PointId(tags.GetProperty("key").GetString()!, int.Parse(tags.GetProperty("revision").GetString()!, CultureInfo.InvariantCulture), values[0].GetInt64()),
                    (values[1].GetInt64(), values[2].GetDouble(), values[3].GetDouble()));
            }
        }
        return points;
    }

    /// <summary>The one thing a tag cannot say.</summary>
    private static string AsTag(string key) => key.EndsWith('\\') ? key + " " : key;
}
