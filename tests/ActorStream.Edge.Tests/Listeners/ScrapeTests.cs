using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Listeners;

/// <summary>Instruments belong to the process: what another edge counts at the same moment would be scraped here too, so this class runs beside no other.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class ScrapeTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task Get_metrics_scrapes_what_post_metrics_counted_on_both_doors()
    {
        await _edge.PostAsync("/metrics", """[{"name":"m","value":1},{"name":"m","value":2},{"name":"m"}]""");

        var edge = await _edge.GetAsync("/metrics");
        var management = await _edge.ManageAsync(HttpMethod.Get, "/metrics");

        Assert.Matches("(?m)^edge_samples_accepted_total(\\{.*\\})? 2( |$)", edge.Body);
        Assert.Matches("(?m)^edge_samples_rejected_total(\\{.*\\})? 1( |$)", management.Body);
        Assert.DoesNotContain("target_info", edge.Body);
        Assert.DoesNotContain("otel_scope", edge.Body);
    }
}

[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
