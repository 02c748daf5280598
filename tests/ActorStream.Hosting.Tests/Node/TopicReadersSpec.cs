using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class TopicReadersSpec
{
    [Fact]
    public void Without_pipelines_the_topics_are_those_of_alarms() => Assert.Equal(
        ["alarms: notices, history", "metrics: alarms"], Show());

    [Fact]
    public void What_a_pipeline_reads_is_kept_until_it_has_read_it_and_its_results_until_its_sinks_have()
    {
        var overMetrics = Over("cpu") with { Source = SourceSpec.OfTopic(TopicNames.Metrics) };
        var withSink = OrdersPipeline.Spec with { Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl")] };
        var overFiles = Over("files") with { Source = SourceSpec.OfFiles("a.jsonl") };

        Assert.Equal(
            ["alarms: notices, history", "metrics: alarms, pipeline.cpu", "orders-in: pipeline.orders", "results.cpu: ", "results.files: ", "results.orders: sink.orders.out"],
            Show(new PipelineChange("cpu", true, 0) { Spec = overMetrics }, new PipelineChange("orders", false, 1) { Spec = withSink }, new PipelineChange("files", true, 2) { Spec = overFiles }));
    }

    [Fact]
    public void A_deleted_pipeline_holds_nothing_back_and_what_it_left_goes_by_age()
    {
        var spec = OrdersPipeline.Spec with { Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl")] };

        Assert.Equal(
            ["alarms: notices, history", "metrics: alarms", "orders-in: ", "results.orders: "],
            Show(new PipelineChange("orders", true, 0) { Spec = spec }, new PipelineChange("orders", true, 1) { Spec = spec, IsDeleted = true }));
    }

    [Fact]
    public void Of_a_join_both_topics_are_kept() => Assert.Equal(
        ["alarms: notices, history", "metrics: alarms", "orders-in: pipeline.orders", "payments-in: pipeline.orders", "results.orders: "],
        Show(new PipelineChange("orders", true, 0) { Spec = OrdersPipeline.Spec with { Join = new JoinSpec("payments-in", JoinType.Inner, new EventFields()) } }));

    private static PipelineSpec Over(string id) => OrdersPipeline.Spec with { Id = id, Windows = new WindowPlan(id, OrdersPipeline.Spec.Windows.Specs, PipelineSpec.ResultsTopicOf(id)) };

    private static IEnumerable<string> Show(params PipelineChange[] changes) =>
        TopicReaders.Of(PipelineBook.Empty.With(changes)).Select(t => $"{t.Key}: {string.Join(", ", t.Value)}").Order(StringComparer.Ordinal);
}
