using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Pipelines;

/// <summary>A record of the <c>pipelines</c> topic: <c>{"running":true,"spec":{…},"owner":"http","deleted":false,"retired":{"tumbling":"tumbling-10000"},"version":7}</c>.</summary>
/// <remarks>Without <c>spec</c>: only whether it runs, as versions before wrote it. Without <c>version</c>: the record changes the spec, and its own position is the version. Without <c>retired</c>: no name of a window is.</remarks>
public static class PipelineRow
{
    /// <param name="isChange">The spec is another one than before.</param>
    public static ReadOnlyMemory<byte> Write(PipelineEntry entry, bool isChange)
    {
        var spec = entry.Spec ?? throw new ArgumentException($"Pipeline {entry.Id} has no spec.", nameof(entry));
        var row = new JsonObject
        {
            ["running"] = entry.IsRunning,
            ["spec"] = PipelineJson.Write(spec, isMasked: false),
            ["owner"] = entry.Owner == PipelineOwner.Http ? "http" : "settings",
            ["deleted"] = entry.IsDeleted,
        };
        if (!entry.Retired.IsEmpty)
            row["retired"] = new JsonObject(entry.Retired.Select(r => KeyValuePair.Create<string, JsonNode?>(r.Key, r.Value)));
        if (!isChange)
            row["version"] = spec.Version;
        return JsonSerializer.SerializeToUtf8Bytes(row);
    }

    /// <summary>Never throws: a row that cannot be read counts as running and says no more.</summary>
    /// <param name="fault">Why it cannot be read.</param>
    public static PipelineChange Read(CompactedRecord record, out string? fault)
    {
        fault = null;
        var unread = new PipelineChange(record.Key, true, record.Position);
        if (record.Value is not { Length: > 0 } value)
            return unread;
        try
        {
            return Read(record, JsonNode.Parse(value.Span) as JsonObject ?? throw new FormatException("it is no object"), out fault);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            fault = e.Message.TrimEnd('.');
            return unread;
        }
    }

    private static PipelineChange Read(CompactedRecord record, JsonObject row, out string? fault)
    {
        fault = null;
        var isRunning = row["running"]?.GetValue<bool>() ?? throw new FormatException("running is missing");
        var change = new PipelineChange(record.Key, isRunning, record.Position);
        if (row["spec"] is not JsonObject json)
            return change;
        var reading = PipelineFile.Read(json, record.Key);
        if (reading.Spec is not { } spec || spec.Id != record.Key)
        {
            fault = reading.Faults.Count == 0 ? $"its spec is of pipeline {reading.Spec!.Id}" : string.Join(" ", reading.Faults).TrimEnd('.');
            return change;
        }
        return change with
        {
            Spec = spec with { Version = row["version"]?.GetValue<long>() ?? record.Position },
            Owner = row["owner"]?.GetValue<string>() == "http" ? PipelineOwner.Http : PipelineOwner.Settings,
            IsDeleted = row["deleted"]?.GetValue<bool>() ?? false,
            Retired = row["retired"] is { } retired ? RetiredOf(retired.AsObject()) : RetiredNames.None,
        };
    }

    private static ImmutableSortedDictionary<string, string> RetiredOf(JsonObject retired) => RetiredNames.None.AddRange(
        retired.Select(r => KeyValuePair.Create(r.Key, r.Value?.GetValue<string>() ?? throw new FormatException($"retired.{r.Key} names no window"))));
}
