using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class TopicReadersSpec
{
    private static readonly NodeSettings Settings = NodeSettingsReader.Read(SettingsInput.Empty).Settings!;

    [Fact]
    public void Without_pipelines_the_topics_are_those_of_alarms() => Assert.Equal(
        ["alarms: notices, history", "metrics: alarms"], Show(Settings));

    [Fact]
    public void What_a_pipeline_reads_is_kept_until_it_has_read_it_and_its_results_until_its_sinks_have()
    {
        var overMetrics = OrdersPipeline.Spec with { Id = "cpu", Source = SourceSpec.OfTopic(TopicNames.Metrics) };
        var withSink = OrdersPipeline.Spec with { Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl")] };
        var overFiles = OrdersPipeline.Spec with { Id = "files", Source = SourceSpec.OfFiles("a.jsonl") };

        Assert.Equal(
            ["alarms: notices, history", "metrics: alarms, pipeline.cpu", "orders-in: pipeline.orders", "results.orders: sink.orders.out"],
            Show(Settings with { Pipelines = [overMetrics, withSink, overFiles] }));
    }

    private static IEnumerable<string> Show(NodeSettings settings) =>
        TopicReaders.Of(settings).Select(t => $"{t.Key}: {string.Join(", ", t.Value)}").Order(StringComparer.Ordinal);
}
