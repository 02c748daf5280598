using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Views;

public sealed class ViewTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task A_ready_node_is_healthy()
    {
        var health = await _edge.GetAsync("/health");
        var ready = await _edge.ManageAsync(HttpMethod.Get, "/ready");

        Assert.Equal((200, 200), (health.Status, ready.Status));
        Assert.Equal("healthy", health.Json.GetProperty("status").GetString());
        Assert.True(health.Json.GetProperty("processor_running").GetBoolean());
        Assert.True(health.Json.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        Assert.Equal(3, health.Json.EnumerateObject().Count());
    }

    [Fact]
    public async Task A_node_that_is_not_ready_says_what_is_missing_and_is_alive()
    {
        _edge.Node.NotReady = "The view of all rules is not complete: 3 of 5 changes are known.";

        var ready = await _edge.ManageAsync(HttpMethod.Get, "/ready");
        var health = await _edge.GetAsync("/health");
        var alive = await _edge.ManageAsync(HttpMethod.Get, "/alive");

        ready.IsProblem(503);
        Assert.Equal(_edge.Node.NotReady, ready.Detail);
        Assert.NotNull(ready.RetryAfter);
        Assert.Equal(503, health.Status);
        Assert.False(health.Json.GetProperty("processor_running").GetBoolean());
        Assert.Equal(200, alive.Status);
    }

    [Fact]
    public async Task The_status_says_what_is_away_and_is_readable_meanwhile()
    {
        var before = await _edge.GetAsync("/status");
        _edge.Node.NotReady = "No Kafka broker of 127.0.0.1:9092 answers.";

        var status = await _edge.GetAsync("/status");

        Assert.Equal(("running", JsonValueKind.Null), (before.Json.GetProperty("status").GetString(), before.Json.GetProperty("detail").ValueKind));
        Assert.Equal((200, "degraded", _edge.Node.NotReady), (status.Status, status.Json.GetProperty("status").GetString(), status.Json.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task The_cluster_names_who_did_not_answer_and_counts_nothing_for_them()
    {
        var cluster = (await _edge.GetAsync("/cluster")).Json;

        var silent = cluster.GetProperty("members")[1];
        Assert.Equal(JsonValueKind.Null, silent.GetProperty("shards").ValueKind);
        Assert.Equal(JsonValueKind.Null, silent.GetProperty("process_id").ValueKind);
        Assert.Equal(silent.GetProperty("address").GetString(), cluster.GetProperty("unknown")[0].GetString());
        Assert.Equal(0, cluster.GetProperty("members")[0].GetProperty("shards").GetProperty("alarms").GetInt32());
    }

    [Fact]
    public async Task Alarms_are_filtered_by_metric_and_hold_no_webhook()
    {
        _edge.Node.Raised.AddRange([Alarm("m", 508, "500"), Alarm("n", 1.5, "1.0")]);

        var all = await _edge.GetAsync("/alarms");
        var one = (await _edge.GetAsync("/alarms?metric=m")).Json;

        Assert.Equal(2, all.Json.GetArrayLength());
        Assert.Equal(1, one.GetArrayLength());
        Assert.Equal("500", one[0].GetProperty("threshold").GetRawText());
        Assert.Equal("1.0", all.Json[1].GetProperty("threshold").GetRawText());
        Assert.DoesNotContain("secret", all.Body);
    }

    [Fact]
    public async Task A_sample_beyond_the_calendar_is_still_listed()
    {
        _edge.Node.Raised.Add(Alarm("m", 1, "0") with { TimeMs = long.MaxValue });

        var alarm = (await _edge.GetAsync("/alarms")).Json[0];

        Assert.Equal(JsonValueKind.Null, alarm.GetProperty("time").ValueKind);
        Assert.Equal(long.MaxValue, alarm.GetProperty("time_ms").GetInt64());
    }

    [Theory]
    [InlineData("/alarms?limit=0")]
    [InlineData("/alarms?limit=1001")]
    [InlineData("/alarms?limit=-1")]
    [InlineData("/alarms?limit=")]
    [InlineData("/alarms?limit=ten")]
    [InlineData("/alarms?limit=1&limit=2")]
    [InlineData("/dead-letters?limit=99999999999999999999")]
    public async Task A_limit_outside_its_bounds_is_422(string path) => (await _edge.GetAsync(path)).IsProblem(422);

    [Fact]
    public async Task Limits_at_their_bounds_are_taken()
    {
        _edge.Node.Raised.AddRange([Alarm("m", 1, "0"), Alarm("m", 2, "0")]);

        Assert.Equal(1, (await _edge.GetAsync("/alarms?limit=1")).Json.GetArrayLength());
        Assert.Equal(2, (await _edge.GetAsync("/alarms?limit=1000")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Dead_letters_come_with_exact_counts()
    {
        var letters = (await _edge.GetAsync("/dead-letters?limit=2")).Json;

        Assert.Equal(3, letters.GetProperty("counts").GetProperty("unreadable").GetInt64());
        Assert.Equal(2, letters.GetProperty("letters").GetArrayLength());
    }

    [Fact]
    public async Task The_description_names_the_routes_of_the_edge_and_none_of_the_management_port()
    {
        var paths = (await _edge.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");
        var docs = await _edge.GetAsync("/docs");

        Assert.True(paths.GetProperty("/rules").TryGetProperty("post", out _));
        Assert.True(paths.GetProperty("/metrics").GetProperty("post").TryGetProperty("requestBody", out _));
        Assert.Equal("id", paths.GetProperty("/rules/{id}").GetProperty("get").GetProperty("parameters")[0].GetProperty("name").GetString());
        Assert.DoesNotContain(paths.EnumerateObject(), p => p.Name.StartsWith("/pbm", StringComparison.Ordinal) || p.Name == "/alive");
        Assert.Equal(200, docs.Status);
    }

    private static AlarmRecord Alarm(string metric, double value, string threshold)
    {
        var partition = new PartitionId("alarms", "metrics", 1, 0);
        return new AlarmRecord(AlarmId.Of(Guid.Empty, partition, 5), Guid.Empty, 1, metric, SeriesKey.Empty, new AppliedOffset(partition, 5), value, ComparisonOperator.Greater, threshold, 1_000, 2_000, "https://discord.com/api/webhooks/1/secret");
    }
}
