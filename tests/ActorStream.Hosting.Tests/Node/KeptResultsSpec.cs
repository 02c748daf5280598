using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class KeptResultsSpec
{
    [Fact]
    public void Rows_are_kept_for_ever_unless_every_table_sink_of_their_pipeline_names_a_time_of_which_the_longest_counts()
    {
        Assert.Empty(Of(OrdersPipeline.Spec));
        Assert.Empty(Of(With()));
        Assert.Empty(Of(With(0)));
        Assert.Empty(Of(With(60_000, 0)));
        Assert.Equal([("orders", 60_000L)], Of(With(60_000)));
        Assert.Equal([("orders", 90_000L)], Of(With(90_000, 60_000)));
    }

    private static IEnumerable<(string, long)> Of(PipelineSpec pipeline) => KeptResults.Of(PipelineBook.Empty.With([new PipelineChange(pipeline.Id, true, 0) { Spec = pipeline }]));

    private static PipelineSpec With(params long[] keeps) => OrdersPipeline.Spec with
    {
        Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl"), .. keeps.Select((k, i) => new SinkSpec(SinkKind.Table, $"table-{i}", "") { KeepMs = k })],
    };
}
