using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Streams.Windows;

namespace ActorStream.Hosting.Nodes;

/// <summary>Who reads which topic: what none of them has missed may be deleted. A stopped pipeline is among them, so its source is kept for it.</summary>
internal static class TopicReaders
{
    /// <returns>Reader groups by topic.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(NodeSettings settings)
    {
        var pairs = new List<(string Topic, string Group)>
        {
            (TopicNames.Metrics, TopicNames.AlarmsGroup), (TopicNames.Alarms, TopicNames.NoticesGroup), (TopicNames.Alarms, TopicNames.HistoryGroup),
        };
        foreach (var pipeline in settings.Pipelines)
        {
            if (pipeline.Source.Kind == SourceKind.Topic)
                pairs.Add((pipeline.Source.Topic, pipeline.ReaderGroup));
            pairs.AddRange(pipeline.Sinks.Select(s => (pipeline.Windows.ResultsTopic, PipelineGroups.SinkGroupOf(pipeline, s))));
        }
        return pairs.GroupBy(p => p.Topic).ToDictionary(g => g.Key, IReadOnlyList<string> (g) => [.. g.Select(p => p.Group)]);
    }
}
