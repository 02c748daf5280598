using System.Collections.Immutable;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;

namespace ActorStream.Hosting.Pipelines;

/// <summary>The topics that pipelines need beyond those every node has: what they read, if it is a topic of the user's own, and their results.</summary>
public static class PipelineTopics
{
    /// <summary>Results lie in one partition: a sink is one reader, and the order of a window's revisions is the order of the topic.</summary>
    private const int ResultPartitions = 1;

    private static readonly ImmutableHashSet<string> Ours = [TopicNames.Metrics, TopicNames.Alarms, TopicNames.Rules, TopicNames.Pipelines];

    /// <returns>Partitions by name.</returns>
    public static ImmutableDictionary<string, int> Of(NodeSettings settings)
    {
        var results = settings.Pipelines.Select(p => p.Windows.ResultsTopic).ToHashSet();
        var sources = settings.Pipelines.Where(p => p.Source.Kind == SourceKind.Topic && !Ours.Contains(p.Source.Topic) && !results.Contains(p.Source.Topic)).Select(p => p.Source.Topic).ToHashSet();
        return sources.Select(t => KeyValuePair.Create(t, settings.Metrics.Partitions))
            .Concat(results.Select(t => KeyValuePair.Create(t, ResultPartitions)))
            .ToImmutableDictionary();
    }
}
