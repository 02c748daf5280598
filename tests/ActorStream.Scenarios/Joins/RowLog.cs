using System.Globalization;
using System.Text.Json;

namespace ActorStream.Scenarios.Joins;

/// <summary>What a row says last.</summary>
/// <param name="Row">Of a retracted one what it takes back.</param>
internal sealed record LastRow(long Revision, bool IsRetracted, Joined Row);

/// <summary>Rows of one join in the order in which their reader meets them, wherever they lie.</summary>
internal sealed class RowLog
{
    private readonly Dictionary<string, LastRow> _last = [];

    public RowLog(string pipeline, IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Add(pipeline, JsonDocument.Parse(line).RootElement);
    }

    public int Lines { get; private set; }

    /// <summary>By result id without the pipeline.</summary>
    public IReadOnlyDictionary<string, LastRow> Last => _last;

    /// <summary>What is said and not taken back.</summary>
    public Dictionary<string, Joined> Final => _last.Where(l => !l.Value.IsRetracted).ToDictionary(l => l.Key, l => l.Value.Row);

    /// <summary>Ids of rows that were taken back.</summary>
    public IEnumerable<string> Retracted => _last.Where(l => l.Value.IsRetracted).Select(l => l.Key);

    /// <param name="data">As a line and a row of the table hold it.</param>
    public static Joined RowIn(JsonElement data, long startMs, long endMs, string key)
    {
        var (left, right) = (data.GetProperty("left"), data.GetProperty("right"));
        var row = new Joined(startMs, endMs, key, (int)left.GetProperty("value").GetDouble(), TimeOf(left, "time"), null, null);
        return right.ValueKind == JsonValueKind.Null ? row : row with { Right = (int)right.GetProperty("value").GetDouble(), RightMs = TimeOf(right, "time") };
    }

    /// <summary>Each (id, revision) is there once: a row has revision 0; what a retraction takes back stands before it, was said of a left event alone, and is taken back as it was said.</summary>
    private void Add(string pipeline, JsonElement line)
    {
        Lines++;
        var (id, window, revision) = (line.GetProperty("result_id").GetString()!, line.GetProperty("window_id").GetString()!, line.GetProperty("revision").GetInt64());
        var row = RowIn(line.GetProperty("data"), TimeOf(line, "window_start"), TimeOf(line, "window_end"), window.Split('_')[1]);
        Assert.StartsWith($"{pipeline}/{window}_", id, StringComparison.Ordinal);
        Assert.Equal(Math.Max(row.LeftMs, row.RightMs ?? row.LeftMs), TimeOf(line, "event_time"));
        id = id[(pipeline.Length + 1)..];
        var isRetracted = line.TryGetProperty("retracted", out _);
        var before = _last.GetValueOrDefault(id);
        Assert.True(
            isRetracted ? revision == 1 && before == new LastRow(0, false, row) && row.Right is null : revision == 0 && before is null,
            $"{pipeline}: {id} revision {revision}{(isRetracted ? " retracted" : "")} {row} follows {before}");
        _last[id] = new LastRow(revision, isRetracted, row);
    }

    private static long TimeOf(JsonElement owner, string name) =>
        DateTimeOffset.Parse(owner.GetProperty(name).GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
}
