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
    public void Pipelines_that_feed_each_other_through_topics_of_Kafka_are_a_circle()
    {
        var there = Pipeline("a", "-", Kafka("y")) with { Source = SourceSpec.OfKafka("x") };
        var back = Pipeline("b", "-", Kafka("x")) with { Source = SourceSpec.OfKafka("y") };

        Assert.Empty(Topology.Faults([there, back with { Sinks = [Kafka("z")] }]));
        Assert.Empty(Topology.Faults([there with { Source = SourceSpec.OfTopic("x") }, back]));
        Assert.Contains("Pipelines a -> b -> a feed each other in a circle", Assert.Single(Topology.Faults([there, back])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_cannot_write_to_the_topic_of_Kafka_that_it_reads()
    {
        var reads = Pipeline("a", "-", Kafka("x")) with { Source = SourceSpec.OfKafka("x") };

        Assert.Contains("would feed itself", Assert.Single(reads.Faults()), StringComparison.Ordinal);
        Assert.Empty((reads with { Source = SourceSpec.OfKafka("y") }).Faults());
        // An embedded topic of that name is another one.
        Assert.Empty((reads with { Source = SourceSpec.OfTopic("x") }).Faults());
    }

    [Theory]
    [InlineData("kafka:x")]
    [InlineData("mock:x")]
    [InlineData("files.x")]
    public void Names_of_sources_that_are_no_embedded_topics_are_not_taken_by_one(string name)
    {
        Assert.Contains("stand for sources that are no embedded topic", Assert.Single(Pipeline("a", name).Faults()), StringComparison.Ordinal);
        var writes = Pipeline("a", "events");
        Assert.Contains("stand for sources that are no embedded topic", Assert.Single((writes with { Windows = writes.Windows with { ResultsTopic = name } }).Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_value_is_only_there_where_it_is_aggregated()
    {
        var last = Metrics with { Field = ResultField.Last };
        var without = Pipeline("a", "events", last);

        Assert.Contains("sinks[0].field is last, and aggregate does not hold last", Assert.Single(without.Faults()), StringComparison.Ordinal);
        Assert.Empty((without with { Windows = without.Windows with { Aggregates = AggregateKind.Last } }).Faults());
    }

    private static SinkSpec Kafka(string topic) => new(SinkKind.Kafka, "k", topic);

    private static SinkSpec Metrics => new(SinkKind.Metrics, "m", "p.avg");

    private static PipelineSpec Pipeline(string id, string topic, params IReadOnlyList<SinkSpec> sinks) => new(
        id, id, SourceSpec.OfTopic(topic), new EventFields(), new WindowPlan(id, [WindowSpec.Tumbling(1_000)], PipelineSpec.ResultsTopicOf(id)), new WatermarkSpec(), sinks);
}
