using System.Globalization;
using System.Text.Json;

namespace ActorStream.Scenarios.Windows;

/// <summary>A file of results as its readers see it.</summary>
internal sealed class ResultFile
{
    private readonly Dictionary<string, (long Revision, Said? Said)> _last = [];

    public ResultFile(string path)
    {
        foreach (var line in File.ReadLines(path))
            Add(JsonDocument.Parse(line).RootElement);
    }

    public int Lines { get; private set; }

    /// <summary>What each window finally says, by window id; a retracted one is absent.</summary>
    public Dictionary<string, Said> Final => _last.Where(l => l.Value.Said is not null).ToDictionary(l => l.Key, l => l.Value.Said!);

    /// <summary>Revisions of an id count from 0 without gaps, so each (id, revision) is there once.</summary>
    private void Add(JsonElement line)
    {
        Lines++;
        var (id, revision) = (line.GetProperty("window_id").GetString()!, line.GetProperty("revision").GetInt64());
        var before = _last.TryGetValue(id, out var last) ? last.Revision : -1;
        Assert.True(revision == before + 1, $"{id}: revision {revision} follows {before}");
        _last[id] = (revision, line.TryGetProperty("retracted", out _) ? null : SaidIn(line));
    }

    private static Said SaidIn(JsonElement line)
    {
        var data = line.GetProperty("data");
        return new Said(
            TimeOf(line, "window_start"), TimeOf(line, "window_end"), data.GetProperty("count").GetInt64(), (long)data.GetProperty("sum").GetDouble(), (int)data.GetProperty("min").GetDouble(), (int)data.GetProperty("max").GetDouble());
    }

    private static long TimeOf(JsonElement line, string name) =>
        DateTimeOffset.Parse(line.GetProperty(name).GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
}
