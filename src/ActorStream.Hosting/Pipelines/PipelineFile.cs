using System.Text.Json.Nodes;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;

namespace ActorStream.Hosting.Pipelines;

/// <param name="Spec">Null exactly when there are faults.</param>
/// <param name="Faults">All of them, each with path, value, limit and remedy.</param>
public sealed record PipelineReading(PipelineSpec? Spec, IReadOnlyList<string> Faults);

/// <summary>Reads a pipeline: ours in YAML, HOCON or JSON, or the file of the old windowing engine as it is.</summary>
public static class PipelineFile
{
    private const string RootBlock = "pipeline";

    /// <param name="fileName">Tells the format; its name without extension is the id of a pipeline that has none.</param>
    public static PipelineReading Read(string text, string fileName)
    {
        try
        {
            var root = PipelineText.Parse(text, fileName);
            return Read(root[RootBlock] as JsonObject ?? root, Path.GetFileNameWithoutExtension(fileName));
        }
        catch (FormatException e)
        {
            return new PipelineReading(null, [e.Message]);
        }
    }

    /// <summary>The shape the control routes take.</summary>
    public static PipelineReading Read(JsonObject root, string idIfNone)
    {
        var faults = new List<string>();
        var members = new Members(root, "", faults);
        var spec = OldPipelineFile.Is(root) ? OldPipelineFile.Read(members, idIfNone) : Read(members, idIfNone);
        faults.AddRange(spec.Faults());
        return new PipelineReading(faults.Count == 0 ? spec : null, faults);
    }

    private static PipelineSpec Read(Members members, string idIfNone)
    {
        var id = members.Text("id", idIfNone);
        var spec = new PipelineSpec(
            id, members.Text("name", id), SourceOf(members.Object("source")),
            new EventFields(members.Text("key", "partition_key"), members.Text("time", "event_time"), members.Text("value", "value")) { Distinct = members.Has("distinct") ? members.Text("distinct", "") : null },
            PlanOf(members, id), WatermarkOf(members.Object("watermark")), [.. members.Objects("sinks").Select(SinkOf)])
        {
            Join = members.Has("join") ? JoinOf(members.Object("join"), members) : null,
            KeyGroups = WholeOf(members, "key_groups", 64),
            CheckpointMs = WholeOf(members, "checkpoint_ms", 1_000),
        };
        members.RefuseUnknown();
        return spec;
    }

    private static SourceSpec SourceOf(Members source)
    {
        var kind = source.OneOf("type", SourceKind.File, ("topic", SourceKind.Topic), ("file", SourceKind.File), ("kafka", SourceKind.Kafka), ("mock", SourceKind.Mock));
        var spec = kind switch
        {
            SourceKind.Mock => SourceSpec.OfMock(MockOf(source)),
            SourceKind.Kafka => SourceSpec.OfKafka(source.Text("topic", "")),
            SourceKind.Topic => SourceSpec.OfTopic(source.Text("topic", "")) with { IsBounded = source.Switch("bounded", false) },
            _ => SourceSpec.OfFiles(source.Texts("paths")) with { IsBounded = source.Switch("bounded", false) },
        };
        source.RefuseUnknown();
        return spec;
    }

    private static MockSpec MockOf(Members source)
    {
        var usual = new MockSpec();
        return new MockSpec(
            WholeOf(source, "partitions", usual.Partitions), WholeOf(source, "keys", usual.Keys), WholeOf(source, "rate", usual.Rate), source.Whole("count", usual.Count), source.Whole("seed", usual.Seed),
            WholeOf(source, "out_of_order_ms", usual.OutOfOrderMs)) { StartMs = source.Time("start", usual.StartMs) };
    }

    private static int WholeOf(Members members, string name, int otherwise) => (int)Math.Clamp(members.Whole(name, otherwise), int.MinValue, int.MaxValue);

    /// <summary>Members of the right event are called as those of the left one unless it is said otherwise.</summary>
    private static JoinSpec JoinOf(Members join, Members left)
    {
        var fields = new EventFields(join.Text("key", left.Text("key", "partition_key")), join.Text("time", left.Text("time", "event_time")), join.Text("value", left.Text("value", "value")));
        var spec = new JoinSpec(join.Text("topic", ""), join.OneOf("type", JoinType.Inner, ("inner", JoinType.Inner), ("left", JoinType.Left)), fields);
        join.RefuseUnknown();
        return spec;
    }

    private static WindowPlan PlanOf(Members members, string id)
    {
        var aggregates = AggregateKind.Basic;
        foreach (var name in members.Texts("aggregate"))
        {
            if (!Aggregates.TryGetValue(name, out var kind))
                members.Refuse("aggregate", name, string.Join(", ", Aggregates.Keys));
            aggregates |= kind;
        }
        var plan = new WindowPlan(id, WindowsOf(members), members.Text("results", PipelineSpec.ResultsTopicOf(id)))
        {
            Aggregates = aggregates,
            Bounds = BoundsOf(members.Object("bounds")),
            Emit = members.OneOf("emit", EmitMode.Update, ("update", EmitMode.Update), ("final", EmitMode.Final)),
        };
        var quantiles = members.Numbers("quantiles");
        return quantiles.Count == 0 ? plan : plan with { Quantiles = quantiles };
    }

    private static WindowBounds BoundsOf(Members bounds)
    {
        var usual = new WindowBounds();
        var given = new WindowBounds(
            WholeOf(bounds, "keys", usual.KeysMax), WholeOf(bounds, "windows", usual.WindowsMax),
            AtBound: bounds.OneOf("at_bound", usual.AtBound, ("wait", AtBound.Wait), ("refuse", AtBound.Refuse)));
        bounds.RefuseUnknown();
        return given;
    }

    private static readonly IReadOnlyDictionary<string, AggregateKind> Aggregates = new Dictionary<string, AggregateKind>
    {
        ["count"] = AggregateKind.Basic, ["sum"] = AggregateKind.Basic, ["min"] = AggregateKind.Basic, ["max"] = AggregateKind.Basic, ["avg"] = AggregateKind.Basic,
        ["last"] = AggregateKind.Last, ["stddev"] = AggregateKind.StdDev, ["distinct"] = AggregateKind.Distinct, ["quantiles"] = AggregateKind.Quantiles,
    };

    /// <summary>The same members in the old file and in ours.</summary>
    internal static IReadOnlyList<WindowSpec> WindowsOf(Members members)
    {
        var specs = new List<WindowSpec>();
        foreach (var window in members.Objects("windows"))
        {
            var type = window.OneOf("type", WindowType.Tumbling, ("tumbling", WindowType.Tumbling), ("sliding", WindowType.Sliding), ("session", WindowType.Session));
            var (size, slide, gap, lateness) = (window.Whole("size_ms", 0), window.Whole("slide_ms", 0), window.Whole("gap_ms", 0), window.Whole("allowed_lateness_ms", 0));
            window.RefuseUnknown();
            specs.Add(type switch
            {
                WindowType.Tumbling => WindowSpec.Tumbling(size, lateness) with { SlideMs = slide == 0 ? size : slide },
                WindowType.Sliding => WindowSpec.Sliding(size, slide, lateness),
                _ => WindowSpec.Session(gap, lateness),
            });
        }
        return specs;
    }

    private static WatermarkSpec WatermarkOf(Members watermark)
    {
        var usual = new WatermarkSpec();
        var spec = new WatermarkSpec(watermark.Whole("delay_ms", usual.DelayMs), watermark.Whole("idle_timeout_ms", usual.IdleTimeoutMs), watermark.Switch("close_on_idle", usual.CloseOnIdle))
        {
            JumpMsMax = watermark.Whole("max_jump_ms", usual.JumpMsMax),
            AlignmentMs = watermark.Whole("alignment_ms", usual.AlignmentMs),
        };
        watermark.RefuseUnknown();
        return spec;
    }

    private static SinkSpec SinkOf(Members sink, int index)
    {
        var kind = sink.OneOf(
            "type", SinkKind.Console, ("file", SinkKind.File), ("console", SinkKind.Console), ("table", SinkKind.Table), ("kafka", SinkKind.Kafka), ("influxdb", SinkKind.InfluxDb), ("metrics", SinkKind.Metrics));
        var spec = new SinkSpec(kind, sink.Text("name", $"{kind.ToString().ToLowerInvariant()}-{index}"), sink.Text("target", ""));
        if (kind == SinkKind.Metrics)
            spec = spec with { Field = FieldOf(sink) };
        if (kind == SinkKind.Table)
            spec = spec with { KeepMs = sink.Whole("keep_ms", 0) };
        sink.RefuseUnknown();
        return spec;
    }

    private static ResultField FieldOf(Members sink) => sink.OneOf(
        "field", ResultField.Avg, ("count", ResultField.Count), ("sum", ResultField.Sum), ("min", ResultField.Min), ("max", ResultField.Max), ("avg", ResultField.Avg), ("last", ResultField.Last));
}
