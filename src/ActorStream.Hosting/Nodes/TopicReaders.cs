using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Streams.Windows;

namespace ActorStream.Hosting.Nodes;

/// <summary>Who reads which topic: what none of them has missed may be deleted. A stopped pipeline is among them, so its source is kept for it; a deleted one is not.</summary>
internal static class TopicReaders
{
    /// <returns>Reader groups by topic; none: age alone decides.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(PipelineBook book)
    {
        var pairs = new List<(string Topic, string? Group)>
        {
            (TopicNames.Metrics, TopicNames.AlarmsGroup), (TopicNames.Alarms, TopicNames.NoticesGroup), (TopicNames.Alarms, TopicNames.HistoryGroup),
        };
        foreach (var entry in book.Entries.Values.Where(e => e.Spec is not null))
        {
            var pipeline = entry.Spec!;
            pairs.Add((pipeline.Windows.ResultsTopic, null));
            pairs.AddRange(pipeline.SourceTopics.Select(t => (t, entry.IsDeleted ? null : pipeline.ReaderGroup)));
            if (!entry.IsDeleted)
                pairs.AddRange(pipeline.Sinks.Select(s => (pipeline.Windows.ResultsTopic, (string?)PipelineGroups.SinkGroupOf(pipeline, s))));
        }
        return pairs.GroupBy(p => p.Topic).ToDictionary(g => g.Key, IReadOnlyList<string> (g) => [.. g.Select(p => p.Group).OfType<string>()]);
    }
}
