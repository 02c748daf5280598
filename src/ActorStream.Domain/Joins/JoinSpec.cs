using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

public enum JoinType
{
    /// <summary>Every pair of a left and a right event of one key and window.</summary>
    Inner,

    /// <summary>The same, and every left event that no right one meets.</summary>
    Left,
}

/// <summary>The right side of a pipeline that joins two topics; the left one is its source.</summary>
/// <param name="Topic">Of the right events.</param>
/// <param name="Fields">Members of a right event.</param>
public sealed record JoinSpec(string Topic, JoinType Type, EventFields Fields)
{
    /// <summary>Windows that one event may belong to: each pair leaves once for every window that holds both.</summary>
    public const int OverlapMax = 1_000;

    /// <summary>All that is wrong with it in its pipeline.</summary>
    internal IEnumerable<string> Faults(PipelineSpec pipeline)
    {
        if (Topic.Length is 0 or > 200)
            yield return $"join.topic is \"{Topic}\"; name a topic of 1 to 200 characters.";
        if (TopicNames.IsCompacted(Topic))
            yield return $"join.topic is \"{Topic}\", which holds no events; name another topic.";
        if (TopicNames.ReservedPrefixOf(Topic) is { } reserved)
            yield return $"join.topic is \"{Topic}\"; names that begin with {reserved} stand for sources that are no embedded topic, and a join reads topics: name another one.";
        if (pipeline.Source.Kind != SourceKind.Topic)
            yield return $"source.type is {pipeline.Source.Kind.ToString().ToLowerInvariant()}, and a join reads two topics: give source.type = topic, or take join out.";
        else if (Topic == pipeline.Source.Topic)
            yield return $"join.topic and source.topic are both \"{Topic}\"; a topic is not joined with itself: name another one.";
        if (Topic == pipeline.Windows.ResultsTopic)
            yield return $"join.topic and results are both \"{Topic}\": the pipeline would feed itself. Name another results topic.";
        foreach (var fault in Fields.Faults())
            yield return $"join.{fault}";
        if (pipeline.Fields.Distinct is not null || pipeline.Windows.Aggregates != AggregateKind.Basic)
            yield return "aggregate and distinct say what a window sums up; a join gives pairs and sums up nothing: take them out, or take join out.";
        foreach (var fault in WindowFaults(pipeline.Windows.Specs))
            yield return fault;
        for (var i = 0; i < pipeline.Sinks.Count; i++)
        {
            if (pipeline.Sinks[i].Kind is SinkKind.Metrics or SinkKind.InfluxDb)
                yield return $"sinks[{i}] is of type {pipeline.Sinks[i].Kind.ToString().ToLowerInvariant()}, which takes numbers of windows; a join gives pairs: use file, console, table or kafka.";
        }
    }

    private static IEnumerable<string> WindowFaults(IReadOnlyList<WindowSpec> specs)
    {
        if (specs.Count > 1)
            yield return $"windows holds {specs.Count} windows; a join has exactly one: make a pipeline for each.";
        if (specs.Any(s => s.Type == WindowType.Session))
            yield return "windows holds a session; a join takes tumbling and sliding windows: which session would a pair belong to, that of the left event or that of the right?";
        foreach (var spec in specs.Where(s => s is { Type: WindowType.Sliding, SlideMs: > 0 } && s.SizeMs / s.SlideMs > OverlapMax))
            yield return $"size_ms {spec.SizeMs} by slide_ms {spec.SlideMs} puts each event into {spec.SizeMs / spec.SlideMs} windows, and each pair leaves once for every one; a join takes at most {OverlapMax}: make the slide greater.";
    }
}

/// <summary>What the entities of a join need to know. Immutable; the same for all its key groups.</summary>
/// <param name="Windows">One tumbling or sliding spec; of the bounds, windows are events held.</param>
/// <param name="RightTopic">Events of partitions of this topic are right ones; all others are left.</param>
public sealed record JoinPlan(WindowPlan Windows, JoinType Type, string RightTopic);
