using System.Globalization;
using System.Text.Json;
using ActorStream.Domain.Windows;

namespace ActorStream.Wire.Topics;

/// <summary>One revision of a window's result, or of a row of a join, as it stands on a results topic.</summary>
/// <param name="Id">Unique over all pipelines: <c>{pipeline}/{window id}</c>, of a join's row with the positions of its events behind it.</param>
/// <param name="WindowName">First part of the window id, e.g. <c>tumbling</c>, <c>sliding-60000-1000</c>.</param>
/// <param name="StartMs">Epoch milliseconds.</param>
/// <param name="EndMs">Exclusive.</param>
/// <param name="Data">Of a retraction <see cref="WindowData.None"/>; of a join's row the number of its events and the later time, all else 0.</param>
/// <param name="MergedInto">Null unless this is a retraction of a session.</param>
public sealed record ResultRecord(
    string Id, string PipelineId, string WindowId, string WindowName, string Key, int Revision, long StartMs, long EndMs, WindowData Data, string? MergedInto)
{
    public bool IsRetracted { get => field || MergedInto is not null; init; }

    /// <summary>Unique in its pipeline: the window id, of a join's row with the positions of its events behind it.</summary>
    public string RowId => Id[(PipelineId.Length + 1)..];

    /// <summary>As they are written, e.g. <c>0.95</c>; in the order of the data's quantiles, empty without any.</summary>
    public IReadOnlyList<string> QuantileNames { get; init; } = [];
}

/// <summary>Reads values of results topics, for sinks that need more than the line.</summary>
public static class ResultReader
{
    /// <exception cref="InvalidDataException">Not a result; the sentence names the member.</exception>
    public static ResultRecord Read(ReadOnlySpan<byte> value) => Read(value, out _);

    /// <param name="data">The JSON object <c>data</c> as it is written.</param>
    /// <inheritdoc cref="Read(ReadOnlySpan{byte})"/>
    public static ResultRecord Read(ReadOnlySpan<byte> value, out string data)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            using var document = JsonDocument.ParseValue(ref reader);
            var result = Read(document.RootElement);
            data = document.RootElement.GetProperty("data").GetRawText();
            return result;
        }
        // What the reader throws for a member that is absent, of another kind, or no number of its range.
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"The result {Unreadable.Excerpt(value)} cannot be read: {error.Message}", error);
        }
    }

    private static ResultRecord Read(JsonElement result)
    {
        var (id, windowId) = (Text(result, "result_id"), Text(result, "window_id"));
        var (keyAt, startAt) = (windowId.IndexOf('_') + 1, windowId.LastIndexOf('_'));
        if (keyAt == 0 || startAt < keyAt)
            throw new InvalidDataException($"window_id is \"{windowId}\"; it is a type, a key and a start with _ between them.");
        var isJoin = result.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("left", out _);
        var pipelineEnd = id.IndexOf('/');
        if (pipelineEnd < 0 || !(isJoin ? id[(pipelineEnd + 1)..].StartsWith($"{windowId}_", StringComparison.Ordinal) : id[(pipelineEnd + 1)..] == windowId))
            throw new InvalidDataException($"result_id is \"{id}\"; it is the pipeline, / and the window_id \"{windowId}\"{(isJoin ? ", _ and the positions of its events" : "")}.");
        data = result.GetProperty("data");
        var isRetracted = result.TryGetProperty("retracted", out var retracted) && retracted.GetBoolean();
        var quantiles = data.TryGetProperty("quantiles", out var found) ? found.EnumerateObject().ToArray() : null;
        return new ResultRecord(
            id, id[..pipelineEnd], windowId, windowId[..(keyAt - 1)], windowId[keyAt..startAt], result.GetProperty("revision").GetInt32(),
            Time(result, "window_start"), Time(result, "window_end"), isJoin ? ReadRow(result, data, isRetracted) : ReadData(data, quantiles), result.TryGetProperty("merged_into", out var into) ? into.GetString() : null)
        {
            IsRetracted = isRetracted,
            QuantileNames = quantiles is null ? [] : [.. quantiles.Select(static q => q.Name)],
        };
    }

    private static WindowData ReadRow(JsonElement result, JsonElement data, bool isRetracted) => isRetracted
        ? WindowData.None
        : new WindowData(data.GetProperty("right").ValueKind == JsonValueKind.Null ? 1 : 2, 0, 0, 0, 0, Time(result, "event_time"));

    private static WindowData ReadData(JsonElement data, JsonProperty[]? quantiles)
    {
        var count = data.GetProperty("count").GetInt64();
        if (count == 0)
            return WindowData.None;
        return new WindowData(count, Number(data, "sum"), Number(data, "min"), Number(data, "max"), Number(data, "avg"), Time(data, "last_updated"))
        {
            Last = data.TryGetProperty("last", out var last) ? last.GetDouble() : null,
            StdDev = data.TryGetProperty("stddev", out var deviation) ? deviation.GetDouble() : null,
            Distinct = data.TryGetProperty("distinct", out var distinct) ? distinct.GetInt64() : null,
            Quantiles = quantiles is null ? null : [.. quantiles.Select(static q => q.Value.GetDouble())],
        };
    }

    private static string Text(JsonElement owner, string member) =>
        owner.GetProperty(member).GetString() ?? throw new InvalidDataException($"{member} is null; it is a string.");

    private static double Number(JsonElement owner, string member) => owner.GetProperty(member).GetDouble();

    private static long Time(JsonElement owner, string member)
    {
        var element = owner.GetProperty(member);
        if (element.ValueKind == JsonValueKind.Number)
            return element.GetInt64();
        var text = element.GetString() ?? "";
        return TimeText.TryIso8601(System.Text.Encoding.UTF8.GetBytes(text), out var timeMs)
            ? timeMs
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{member} is \"{text}\"; it is an ISO 8601 time or epoch milliseconds."));
    }
}
