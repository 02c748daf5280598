using System.Globalization;
using System.Text.Json.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;

namespace ActorStream.Hosting.Pipelines;

/// <summary>A pipeline as canonical JSON: every member said, in one order; <see cref="PipelineFile"/> reads it back as it is, but for passwords in URLs, which are masked.</summary>
public static class PipelineJson
{
    /// <param name="isMasked">False: as it is stored.</param>
    public static JsonObject Write(PipelineSpec spec, bool isMasked = true)
    {
        var json = new JsonObject
        {
            ["id"] = spec.Id, ["name"] = spec.Name, ["source"] = SourceOf(spec.Source),
            ["key"] = spec.Fields.Key, ["time"] = spec.Fields.Time, ["value"] = spec.Fields.Value,
        };
        if (spec.Fields.Distinct is { } distinct)
            json["distinct"] = distinct;
        if (spec.Join is { } join)
            json["join"] = new JsonObject { ["topic"] = join.Topic, ["type"] = join.Type.ToString().ToLowerInvariant(), ["key"] = join.Fields.Key, ["time"] = join.Fields.Time, ["value"] = join.Fields.Value };
        json["windows"] = new JsonArray([.. spec.Windows.Specs.Select(WindowOf)]);
        json["aggregate"] = new JsonArray([.. AggregatesOf(spec.Windows.Aggregates).Select(a => (JsonNode)a)]);
        json["quantiles"] = new JsonArray([.. spec.Windows.Quantiles.Select(q => (JsonNode)q)]);
        json["emit"] = spec.Windows.Emit == EmitMode.Final ? "final" : "update";
        json["results"] = spec.Windows.ResultsTopic;
        json["watermark"] = WatermarkOf(spec.Watermark);
        json["bounds"] = BoundsOf(spec.Windows.Bounds);
        json["sinks"] = new JsonArray([.. spec.Sinks.Select(s => SinkOf(s, isMasked))]);
        json["key_groups"] = spec.KeyGroups;
        json["checkpoint_ms"] = spec.CheckpointMs;
        return json;
    }

    /// <summary>As a window's type is spelled everywhere.</summary>
    public static string TypeOf(WindowType type) => type switch
    {
        WindowType.Tumbling => "tumbling",
        WindowType.Sliding => "sliding",
        WindowType.Session => "session",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no word for this type"),
    };

    private static JsonObject SourceOf(SourceSpec source)
    {
        var json = new JsonObject { ["type"] = source.Kind.ToString().ToLowerInvariant() };
        if (source.Mock is { } mock)
            return Add(json, mock);
        if (source.Kind == SourceKind.File)
            json["paths"] = new JsonArray([.. source.Paths.Select(p => (JsonNode)p)]);
        else
            json["topic"] = source.Topic;
        if (source.Kind != SourceKind.Kafka)
            json["bounded"] = source.IsBounded;
        return json;
    }

    private static JsonObject Add(JsonObject json, MockSpec mock)
    {
        json["partitions"] = mock.Partitions;
        json["keys"] = mock.Keys;
        json["rate"] = mock.Rate;
        json["count"] = mock.Count;
        json["seed"] = mock.Seed;
        json["out_of_order_ms"] = mock.OutOfOrderMs;
        json["start"] = DateTimeOffset.FromUnixTimeMilliseconds(mock.StartMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return json;
    }

    private static JsonObject WindowOf(WindowSpec spec)
    {
        var json = new JsonObject { ["type"] = TypeOf(spec.Type) };
        if (spec.Type == WindowType.Session)
            json["gap_ms"] = spec.GapMs;
        else
            json["size_ms"] = spec.SizeMs;
        if (spec.Type == WindowType.Sliding)
            json["slide_ms"] = spec.SlideMs;
        json["allowed_lateness_ms"] = spec.AllowedLatenessMs;
        return json;
    }

    private static IEnumerable<string> AggregatesOf(AggregateKind kinds)
    {
        string[] always = ["count", "sum", "min", "max", "avg"];
        return always.Concat(new[] { AggregateKind.Last, AggregateKind.StdDev, AggregateKind.Distinct, AggregateKind.Quantiles }.Where(k => kinds.HasFlag(k)).Select(k => k.ToString().ToLowerInvariant()));
    }

    private static JsonObject BoundsOf(WindowBounds bounds) => new() { ["keys"] = bounds.KeysMax, ["windows"] = bounds.WindowsMax, ["at_bound"] = bounds.AtBound.ToString().ToLowerInvariant() };

    private static JsonObject WatermarkOf(WatermarkSpec watermark) => new()
    {
        ["delay_ms"] = watermark.DelayMs, ["idle_timeout_ms"] = watermark.IdleTimeoutMs, ["close_on_idle"] = watermark.CloseOnIdle,
        ["max_jump_ms"] = watermark.JumpMsMax, ["alignment_ms"] = watermark.AlignmentMs,
    };

    private static JsonObject SinkOf(SinkSpec sink, bool isMasked)
    {
        var json = new JsonObject { ["type"] = sink.Kind.ToString().ToLowerInvariant(), ["name"] = sink.Name };
        if (sink.Target.Length > 0)
            json["target"] = isMasked ? Masked(sink.Target) : sink.Target;
        if (sink.Kind == SinkKind.Metrics)
            json["field"] = sink.Field.ToString().ToLowerInvariant();
        if (sink.Kind == SinkKind.Table)
            json["keep_ms"] = sink.KeepMs;
        return json;
    }

    /// <summary>A URL may hold a name and a password.</summary>
    private static string Masked(string target) =>
        Uri.TryCreate(target, UriKind.Absolute, out var url) && url.UserInfo.Length > 0 ? target.Replace(url.UserInfo + "@", "***@", StringComparison.Ordinal) : target;
}
