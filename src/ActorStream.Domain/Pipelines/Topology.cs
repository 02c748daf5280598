using ActorStream.Domain.Records;

namespace ActorStream.Domain.Pipelines;

/// <summary>Pipelines beside each other.</summary>
public static class Topology
{
    /// <summary>Each has readers and entities of its own on every node.</summary>
    public const int PipelinesMax = 100;

    /// <summary>All that is wrong with them together: too many, equal ids, one results topic for two, a circle in which results come back as events (protocol.md B13).</summary>
    public static IReadOnlyList<string> Faults(IReadOnlyList<PipelineSpec> pipelines)
    {
        var faults = new List<string>();
        if (pipelines.Count > PipelinesMax)
            faults.Add($"There are {pipelines.Count} pipelines; at most {PipelinesMax} are taken. Delete some, or put several windows into fewer pipelines.");
        foreach (var twice in pipelines.GroupBy(p => p.Id).Where(g => g.Count() > 1))
            faults.Add($"{twice.Count()} pipelines have the id {twice.Key}; each needs its own.");
        foreach (var shared in pipelines.GroupBy(p => p.Windows.ResultsTopic).Where(g => g.Select(p => p.Id).Distinct().Count() > 1))
            faults.Add($"Pipelines {string.Join(" and ", shared.Select(p => p.Id))} write their results to one topic, {shared.Key}; each needs its own.");
        if (Circle(pipelines) is { } circle)
            faults.Add($"Pipelines {string.Join(" -> ", circle)} feed each other in a circle: every event would come back for ever. Take one of them out of it.");
        return faults;
    }

    private static IReadOnlyList<string>? Circle(IReadOnlyList<PipelineSpec> pipelines)
    {
        foreach (var start in pipelines)
        {
            var path = new List<string> { start.Id };
            if (Reaches(pipelines, start, start, path))
                return path;
        }
        return null;
    }

    private static bool Reaches(IReadOnlyList<PipelineSpec> pipelines, PipelineSpec from, PipelineSpec start, List<string> path)
    {
        foreach (var next in pipelines.Where(p => Feeds(from, p)))
        {
            var isBack = next.Id == start.Id;
            if (!isBack && path.Contains(next.Id))
                continue;
            path.Add(next.Id);
            if (isBack || Reaches(pipelines, next, start, path))
                return true;
            path.RemoveAt(path.Count - 1);
        }
        return false;
    }

    private static bool Feeds(PipelineSpec from, PipelineSpec next) => next.SourceTopics.Any(t => IsWrittenBy(from, t))
        || (next.Source.Kind == SourceKind.Kafka && from.Sinks.Any(s => s.Kind == SinkKind.Kafka && s.Target == next.Source.Topic));

    private static bool IsWrittenBy(PipelineSpec pipeline, string topic) =>
        topic == pipeline.Windows.ResultsTopic || (topic == TopicNames.Metrics && pipeline.Sinks.Any(s => s.Kind == SinkKind.Metrics));
}
