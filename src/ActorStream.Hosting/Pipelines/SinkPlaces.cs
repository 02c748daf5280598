using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;

namespace ActorStream.Hosting.Pipelines;

/// <summary>Sources that this cluster cannot read, and sinks that it cannot keep the promise of.</summary>
public static class SinkPlaces
{
    /// <param name="kafka">Null: topics are embedded.</param>
    /// <returns>What is allowed instead, a clause without a full stop each.</returns>
    public static IEnumerable<string> Faults(PipelineSpec pipeline, KafkaSettings? kafka)
    {
        if (pipeline.Source.Kind == SourceKind.Kafka && kafka is null)
            yield return $"no source of type kafka where {SettingsTable.TopicsBackend.Key} is embedded: no brokers are known. Let pipeline {pipeline.Id} read a topic or files, or set {SettingsTable.TopicsBackend.Key} = kafka and give the brokers";
        if (pipeline.Source.Kind == SourceKind.Kafka && !SettingValue.IsTopic(pipeline.Source.Topic))
            yield return $"a topic of 1 to 249 letters, digits, ., - or _ as source.topic of pipeline {pipeline.Id}; \"{pipeline.Source.Topic}\" is none";
        if (pipeline.Source.Kind == SourceKind.Kafka && kafka is not null && pipeline.Source.Topic == kafka.RulesTopic)
            yield return $"another topic than {pipeline.Source.Topic} as source.topic of pipeline {pipeline.Id}: rules lie there";
        foreach (var sink in pipeline.Sinks)
        {
            var which = $"sink {sink.Name} of pipeline {pipeline.Id}";
            if (sink.Kind == SinkKind.Metrics && kafka is not null)
                yield return $"no sink of type metrics where {SettingsTable.TopicsBackend.Key} is kafka: Kafka keeps no numbers of senders, by which a sample is there once. Take out {which}, or let {SettingsTable.TopicsBackend.Key} be embedded";
            if (sink.Kind == SinkKind.Kafka && kafka is null)
                yield return $"no sink of type kafka where {SettingsTable.TopicsBackend.Key} is embedded: no brokers are known. Take out {which}, or give the brokers";
            if (sink.Kind == SinkKind.Kafka && !SettingValue.IsTopic(sink.Target))
                yield return $"a topic of 1 to 249 letters, digits, ., - or _ as target of {which}; \"{sink.Target}\" is none";
            if (sink.Kind == SinkKind.Kafka && kafka is not null && (sink.Target == kafka.MetricsTopic || sink.Target == kafka.RulesTopic))
                yield return $"another topic than {sink.Target} as target of {which}: samples and rules lie there";
        }
    }
}
