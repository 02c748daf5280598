using System.Collections.Immutable;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Pipelines;

/// <summary>The topics that pipelines need beyond those every node has: what they read, if it is a topic of the user's own, and their results.</summary>
public static class PipelineTopics
{
    /// <summary>Results lie in one partition: a sink is one reader, and the order of a window's revisions is the order of the topic.</summary>
    private const int ResultPartitions = 1;

    /// <param name="partitions">Of a topic of the user's own.</param>
    /// <returns>Partitions by name.</returns>
    public static ImmutableDictionary<string, int> Of(IReadOnlyCollection<PipelineSpec> pipelines, int partitions)
    {
        var results = ResultsOf(pipelines);
        return SourcesOf(pipelines).Except(results).Select(t => KeyValuePair.Create(t, partitions))
            .Concat(results.Select(t => KeyValuePair.Create(t, ResultPartitions)))
            .ToImmutableDictionary();
    }

    public static ImmutableHashSet<string> ResultsOf(IEnumerable<PipelineSpec> pipelines) => [.. pipelines.Select(p => p.Windows.ResultsTopic)];

    /// <summary>Makes those of one pipeline where they are missing.</summary>
    /// <param name="all">With the pipeline itself: what it reads may be another one's results.</param>
    /// <inheritdoc cref="ITopicStore.EnsureAsync"/>
    public static async Task EnsureAsync(ITopicStore topics, PipelineSpec pipeline, IReadOnlyCollection<PipelineSpec> all, int partitions, CancellationToken cancel = default)
    {
        var results = ResultsOf(all);
        foreach (var source in SourcesOf([pipeline]))
            await topics.EnsureAsync(source, results.Contains(source) ? ResultPartitions : partitions, withState: results.Contains(source), cancel);
        await topics.EnsureAsync(pipeline.Windows.ResultsTopic, ResultPartitions, withState: true, cancel);
    }

    private static IEnumerable<string> SourcesOf(IEnumerable<PipelineSpec> pipelines) =>
        pipelines.SelectMany(p => p.SourceTopics).Where(t => !TopicNames.IsOurs(t)).Distinct();
}
