using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class TopologySpec
{
    [Fact]
    public void Pipelines_that_feed_each_other_through_metrics_are_a_circle()
    {
        var watches = Pipeline("a", TopicNames.Metrics);
        var tells = Pipeline("b", watches.Windows.ResultsTopic);

        Assert.Empty(Topology.Faults([watches, tells]));
        Assert.Contains("feed each other in a circle", Assert.Single(Topology.Faults([watches, tells with { Sinks = [Metrics] }])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_that_reads_metrics_cannot_write_to_it()
    {
        Assert.Empty(Pipeline("a", "events", Metrics).Faults());
        Assert.Contains("would feed itself", Assert.Single(Pipeline("a", TopicNames.Metrics, Metrics).Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_value_is_only_there_where_it_is_aggregated()
    {
        var last = Metrics with { Field = ResultField.Last };
        var without = Pipeline("a", "events", last);

        Assert.Contains("sinks[0].field is last, and aggregate does not hold last", Assert.Single(without.Faults()), StringComparison.Ordinal);
        Assert.Empty((without with { Windows = without.Windows with { Aggregates = AggregateKind.Last } }).Faults());
    }

    private static SinkSpec Metrics => new(SinkKind.Metrics, "m", "p.avg");

    private static PipelineSpec Pipeline(string id, string topic, params IReadOnlyList<SinkSpec> sinks) => new(
        id, id, SourceSpec.OfTopic(topic), new EventFields(), new WindowPlan(id, [WindowSpec.Tumbling(1_000)], PipelineSpec.ResultsTopicOf(id)), new WatermarkSpec(), sinks);
}
