using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;

namespace ActorStream.Hosting.Pipelines;

/// <summary>What a caller may make of a cluster that it reaches only over HTTP: nothing that touches a node's files, and no address that nobody has allowed.</summary>
internal static class PipelineOverHttp
{
    /// <summary>All that is wrong with it; empty when nothing is.</summary>
    public static IReadOnlyList<string> Faults(PipelineSpec pipeline, NodeSettings settings)
    {
        var faults = new List<string>();
        if (pipeline.Source.Kind == SourceKind.File)
            faults.Add($"source.type is file: files lie on a node, and over HTTP none is opened. Give the pipeline to the nodes as a file, by {SettingsTable.Pipelines.Flag}.");
        for (var i = 0; i < pipeline.Sinks.Count; i++)
        {
            var sink = pipeline.Sinks[i];
            if (sink.Kind is SinkKind.File or SinkKind.Console)
                faults.Add($"sinks[{i}].type is {sink.Kind.ToString().ToLowerInvariant()}: it lies on a node, and over HTTP none is opened. Give the pipeline to the nodes as a file, by {SettingsTable.Pipelines.Flag}.");
            else if (sink.Kind == SinkKind.InfluxDb && !settings.InfluxAllowedHosts.Contains(InfluxTarget.Of(sink.Target).Authority))
                faults.Add($"sinks[{i}].target points to {InfluxTarget.Of(sink.Target).Authority}; over HTTP allowed: {(settings.InfluxAllowedHosts.Count == 0 ? "none" : string.Join(", ", settings.InfluxAllowedHosts))}. Add the host to {SettingsTable.InfluxAllowedHosts.Key} of every node.");
        }
        faults.AddRange(SinkPlaces.Faults(pipeline, settings.Kafka).Select(f => $"Allowed: {f}."));
        return faults;
    }

    /// <summary>Null: nobody else says what it is.</summary>
    public static string? WhyNot(string id, NodeSettings settings) => settings.Pipelines.Any(p => p.Id == id)
        ? $"Pipeline {id} is what a file of this node says ({SettingsTable.Pipelines.Key}). Change the file and restart the nodes, one after the other."
        : null;
}
