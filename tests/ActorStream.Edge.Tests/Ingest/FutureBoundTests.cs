using ActorStream.Edge.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Edge.Tests.Ingest;

/// <summary>"A sample may carry any time; there is no bound into the future unless <c>metrics.max-future</c> sets one" (compatibility.md 1.3).</summary>
public sealed class FutureBoundTests
{
    private const string NdJson = "application/x-ndjson";
    private const long BoundMs = 60_000;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);

    [Theory]
    [InlineData("\"2026-01-01T00:01:00.001Z\"")]
    [InlineData("\"9999-12-31T23:59:59.999Z\"")]
    [InlineData("253402300799999")]
    [InlineData("\"0001-01-01T00:00:00Z\"")]
    public async Task A_sample_may_carry_any_time_where_nothing_bounds_it(string ts)
    {
        await using var edge = await RunningEdge.StartAsync(time: _time);

        Assert.Equal(200, (await edge.PostAsync("/metrics", Sample(ts))).Status);

        Assert.Equal(("m", $$"""{"value":1,"ts":{{ts}}}"""), Assert.Single(edge.Node.Samples()));
    }

    [Theory]
    [InlineData("\"2026-01-01T00:01:00.001Z\"", "2026-01-01T00:01:00.001Z, 60001 ms ahead")]
    [InlineData("\"2026-01-01T01:01:01+01:00\"", "2026-01-01T00:01:01.000Z, 61000 ms ahead")]
    [InlineData("253402300799999", "9999-12-31T23:59:59.999Z, 251635075199999 ms ahead")]
    public async Task Further_ahead_of_the_nodes_clock_than_max_future_a_sample_is_422_with_value_limit_and_remedy(string ts, string said)
    {
        await using var edge = await StartAsync();

        var refused = await edge.PostAsync("/metrics", Sample(ts));

        refused.IsProblem(422);
        Assert.Equal($"ts is {said} of this node's clock, and metrics.max-future is 60000 ms; correct the sender's clock, or raise metrics.max-future.", refused.Detail);
        Assert.Equal(0, edge.Node.AppendCalls);
    }

    [Theory]
    [InlineData("\"2026-01-01T00:01:00Z\"")]
    [InlineData("\"0001-01-01T00:00:00Z\"")]
    [InlineData("null")]
    public async Task At_the_bound_in_any_past_and_without_a_time_a_sample_is_taken(string ts)
    {
        await using var edge = await StartAsync();

        Assert.Equal(200, (await edge.PostAsync("/metrics", Sample(ts))).Status);

        Assert.Single(edge.Node.Samples());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(NdJson)]
    public async Task In_an_array_or_in_lines_those_too_far_ahead_are_listed_and_the_others_taken(string type)
    {
        await using var edge = await StartAsync();
        string[] samples = [Sample("\"2026-01-01T00:00:59Z\""), Sample("\"2026-01-01T00:02:00Z\""), Sample("null"), Sample("1767225660001")];

        var answer = await edge.PostAsync("/metrics", type == NdJson ? string.Join('\n', samples) : $"[{string.Join(',', samples)}]", type);

        Assert.Equal((200, 2), (answer.Status, answer.Json.GetProperty("accepted").GetInt32()));
        var rejected = answer.Json.GetProperty("rejected").EnumerateArray().ToList();
        Assert.Equal([1, 3], rejected.Select(r => r.GetProperty("index").GetInt32()));
        Assert.All(rejected, r => Assert.Contains("metrics.max-future is 60000 ms", r.GetProperty("detail").GetString()));
        Assert.Equal(2, edge.Node.Samples().Count);
    }

    [Fact]
    public async Task The_bound_moves_with_the_clock()
    {
        await using var edge = await StartAsync();
        var sample = Sample("\"2026-01-01T00:01:30Z\"");
        (await edge.PostAsync("/metrics", sample)).IsProblem(422);

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(200, (await edge.PostAsync("/metrics", sample)).Status);
    }

    private Task<RunningEdge> StartAsync() => RunningEdge.StartAsync(o => o with { SampleAheadMsMax = BoundMs }, time: _time);

    private static string Sample(string ts) => $$"""{"name":"m","value":1,"ts":{{ts}}}""";
}
