using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class KeptResultsSpec
{
    private static readonly NodeSettings Settings = NodeSettingsReader.Read(SettingsInput.Empty).Settings!;

    [Fact]
    public void Rows_are_kept_for_ever_unless_every_table_sink_of_their_pipeline_names_a_time_of_which_the_longest_counts()
    {
        Assert.Empty(KeptResults.Of(Settings with { Pipelines = [OrdersPipeline.Spec, With(), With(0), With(60_000, 0)] }));
        Assert.Equal([("orders", 60_000L), ("orders", 90_000L)], KeptResults.Of(Settings with { Pipelines = [With(60_000), With(90_000, 60_000)] }));
    }

    private static PipelineSpec With(params long[] keeps) => OrdersPipeline.Spec with
    {
        Sinks = [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl"), .. keeps.Select((k, i) => new SinkSpec(SinkKind.Table, $"table-{i}", "") { KeepMs = k })],
    };
}
