using System.Globalization;
using System.Text.Json;

namespace ActorStream.Scenarios.Windows;

/// <summary>What an id says last.</summary>
/// <param name="Said">Null: it was retracted.</param>
internal sealed record LastWord(long Revision, Said? Said);

/// <summary>Results in the order in which their reader meets them, of a file or of a topic.</summary>
internal sealed class ResultLog
{
    private readonly Dictionary<string, LastWord> _last = [];

    public ResultLog(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Add(JsonDocument.Parse(line).RootElement);
    }

    public int Lines { get; private set; }

    /// <summary>Of each window, by window id.</summary>
    public IReadOnlyDictionary<string, LastWord> Last => _last;

    /// <summary>What each window finally says, by window id; a retracted one is absent.</summary>
    public Dictionary<string, Said> Final => _last.Where(l => l.Value.Said is not null).ToDictionary(l => l.Key, l => l.Value.Said!);

    public static ResultLog OfFile(string path) => new(File.ReadLines(path));

    /// <summary>Revisions of an id count from 0 without gaps, so each (id, revision) is there once.</summary>
    private void Add(JsonElement line)
    {
        Lines++;
        var (id, revision) = (line.GetProperty("window_id").GetString()!, line.GetProperty("revision").GetInt64());
        var before = _last.TryGetValue(id, out var last) ? last.Revision : -1;
        Assert.True(revision == before + 1, $"{id}: revision {revision} follows {before}");
        _last[id] = new LastWord(revision, line.TryGetProperty("retracted", out _) ? null : SaidIn(line));
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
