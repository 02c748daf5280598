using System.Text;
using ActorStream.Edge.Tests.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Ingest;

/// <summary>What the reply to <c>POST /metrics</c> promises.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private const string NdJson = "application/x-ndjson";

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("""{"name":"m","value":1}""", "application/json")]
    [InlineData("""[{"name":"m","value":1}]""", "application/json")]
    [InlineData("""{"name":"m","value":1}""", NdJson)]
    public async Task The_reply_is_not_sent_before_the_samples_are_durable(string body, string type)
    {
        var durable = new TaskCompletionSource();
        _edge.Node.Durable = durable.Task;

        var reply = _edge.PostAsync("/metrics", body, type);
        await _edge.Node.AppendBegan;
        // Whoever does not wait has replied before another request was answered.
        Assert.Equal(200, (await _edge.GetAsync("/health")).Status);
        durable.SetException(new StorageUnavailableException("The database was busy for more than 5 s; try again."));

        // A reply sent before could not know it.
        (await reply).IsProblem(503);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(NdJson)]
    public async Task One_body_is_one_append_over_all_its_partitions(string type)
    {
        var samples = Enumerable.Range(0, 50).Select(i => $$"""{"name":"m{{i}}","value":{{i}}}""");

        var answer = await _edge.PostAsync("/metrics", type == NdJson ? string.Join('\n', samples) : $"[{string.Join(',', samples)}]", type);

        Assert.Equal("""{"accepted":50,"rejected":[]}""", answer.Body);
        Assert.Equal(1, _edge.Node.AppendCalls);
        Assert.Equal(_edge.Node.MetricPartitions, _edge.Node.Appended.Select(b => b.Partition).Distinct().Count());
    }

    [Fact]
    public async Task A_body_that_breaks_off_behind_sixteen_thousand_good_samples_appends_none_of_them()
    {
        var body = new StringBuilder("[").AppendJoin(',', Enumerable.Repeat("""{"name":"m","value":1}""", 16_000)).Append(",{");

        (await _edge.PostAsync("/metrics", body.ToString())).IsProblem(400);

        Assert.Equal(0, _edge.Node.AppendCalls);
    }
}
