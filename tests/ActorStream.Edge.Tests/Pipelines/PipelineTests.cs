using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Pipelines;

public sealed class PipelineTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task The_list_has_id_name_running_and_the_windows_of_each_pipeline()
    {
        var pipelines = await _edge.GetAsync("/pipelines");

        Assert.Equal(
            """{"pipelines":[{"id":"orders","name":"the orders","running":true,"window_configs":[{"type":"tumbling","size_ms":10000,"slide_ms":null,"gap_ms":null},{"type":"sliding","size_ms":60000,"slide_ms":1000,"gap_ms":null}]},"""
            + """{"id":"visits","name":"the visits","running":false,"window_configs":[{"type":"session","size_ms":null,"slide_ms":null,"gap_ms":30000}]}]}""",
            pipelines.Body);
    }

    [Fact]
    public async Task A_pipeline_is_shown_as_it_can_be_given_again()
    {
        var shown = await _edge.GetAsync("/pipelines/orders");

        var read = PipelineFile.Read(JsonNode.Parse(shown.Body)!.AsObject(), "nobody");
        Assert.Empty(read.Faults);
        Assert.Equal(_edge.Node.Streams.All[0].Spec.Windows.Specs, read.Spec!.Windows.Specs);
        Assert.Equal(_edge.Node.Streams.All[0].Spec.Sinks, read.Spec.Sinks);
        Assert.Equal(("orders", "events", 2), (read.Spec.Id, read.Spec.Source.Topic, read.Spec.KeyGroups));
    }

    [Theory]
    [InlineData("start", "Pipeline visits started", true)]
    [InlineData("stop", "Pipeline visits stopped", false)]
    public async Task Start_and_stop_say_what_they_did_and_the_list_shows_it(string verb, string message, bool isRunning)
    {
        await _edge.Node.Streams.RunAsync("visits", !isRunning, CancellationToken.None);

        var answer = await _edge.PostAsync($"/pipelines/visits/{verb}", "");

        Assert.Equal((200, $$"""{"message":"{{message}}"}"""), (answer.Status, answer.Body));
        Assert.Equal(isRunning, (await _edge.GetAsync("/pipelines")).Json.GetProperty("pipelines")[1].GetProperty("running").GetBoolean());
    }

    [Theory]
    [InlineData("GET", "/pipelines/nope")]
    [InlineData("GET", "/pipelines/nope/stats")]
    [InlineData("POST", "/pipelines/nope/start")]
    [InlineData("POST", "/pipelines/nope/stop")]
    [InlineData("POST", "/pipelines/nope/drain")]
    [InlineData("DELETE", "/pipelines/nope")]
    [InlineData("GET", "/watermarks?pipeline_id=nope")]
    [InlineData("GET", "/windows?pipeline_id=nope")]
    [InlineData("GET", "/checkpoints?pipeline_id=nope")]
    public async Task An_unknown_pipeline_is_404(string method, string path)
    {
        var answer = await _edge.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.IsProblem(404);
        Assert.Contains("'nope'", answer.Detail);
    }

    [Fact]
    public async Task The_stats_of_a_pipeline_balance_and_tell_what_is_kept_for_it()
    {
        var stats = (await _edge.GetAsync("/pipelines/orders/stats")).Json;
        var silent = (await _edge.GetAsync("/pipelines/visits/stats")).Json;

        Assert.Equal((98, 2, 6, 12), (Long(stats, "events_processed"), Long(stats, "events_failed"), Long(stats, "windows_active"), Long(stats, "held_records")));
        var books = stats.GetProperty("books");
        Assert.Equal(Long(books, "in"), Long(books, "on_time") + Long(books, "late_accepted") + Long(books, "late_rejected") + Long(books, "refused"));
        Assert.Equal(JsonValueKind.Null, silent.GetProperty("windows_active").ValueKind);
        Assert.Equal(1, Long(silent, "unknown_groups"));
    }

    [Fact]
    public async Task Watermarks_are_told_by_partition_with_the_least_and_who_holds_it_back()
    {
        var all = (await _edge.GetAsync("/watermarks")).Json;
        var one = (await _edge.GetAsync("/watermarks?pipeline_id=orders")).Json;

        Assert.Equal("1970-01-01T00:16:40+00:00", one.GetProperty("watermarks").GetProperty("orders/events/0").GetString());
        Assert.Equal("1970-01-01T00:16:40+00:00", one.GetProperty("global_watermark").GetString());
        Assert.Equal((2, 5.0, true), (Long(one.GetProperty("stats"), "partition_count"), one.GetProperty("stats").GetProperty("watermark_delay_seconds").GetDouble(), one.GetProperty("stats").GetProperty("running").GetBoolean()));
        Assert.Equal(1_000, one.GetProperty("stats").GetProperty("max_lag_seconds").GetDouble() - one.GetProperty("stats").GetProperty("min_lag_seconds").GetDouble(), 3);
        Assert.Equal([true, false], one.GetProperty("partitions").EnumerateArray().Select(p => p.GetProperty("holds_back").GetBoolean()));
        Assert.Equal([false, true], one.GetProperty("partitions").EnumerateArray().Select(p => p.GetProperty("idle").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, all.GetProperty("global_watermark").ValueKind);
        Assert.Equal(3, Long(all.GetProperty("stats"), "partition_count"));
    }

    [Fact]
    public async Task Windows_are_sorted_by_start_over_all_pipelines()
    {
        var all = (await _edge.GetAsync("/windows")).Json;
        var two = await _edge.GetAsync("/windows?limit=2");
        var one = await _edge.GetAsync("/windows?pipeline_id=orders&limit=1");

        Assert.Equal(["tumbling_a_0", "session_b_5000", "tumbling_a_20000"], all.GetProperty("windows").EnumerateArray().Select(w => w.GetProperty("window_id").GetString()));
        Assert.Equal(1, Long(all, "unknown_groups"));
        Assert.Equal(2, two.Json.GetProperty("windows").GetArrayLength());
        Assert.Equal("""{"windows":[{"pipeline_id":"orders","window_id":"tumbling_a_0","start_time":"1970-01-01T00:00:00+00:00","end_time":"1970-01-01T00:00:10+00:00","event_count":3,"state":"completed"}]}""", one.Body);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("ten")]
    public async Task A_limit_of_windows_outside_its_bounds_is_422(string limit) => (await _edge.GetAsync($"/windows?limit={limit}")).IsProblem(422);

    [Fact]
    public async Task The_state_says_where_it_is_and_how_much()
    {
        var known = await _edge.GetAsync("/state");
        _edge.Node.Streams.StateStore = _edge.Node.Streams.StateStore with { Bytes = null };

        Assert.Equal("""{"state_store":{"backend":"sqlite","path":"/data","approximate_size":4096}}""", known.Body);
        Assert.Equal("""{"state_store":{"backend":"sqlite","path":"/data","approximate_size":null}}""", (await _edge.GetAsync("/state")).Body);
    }

    [Fact]
    public async Task A_checkpoint_is_answered_with_its_time_and_size_or_with_503_and_the_partition_that_did_not_get_there()
    {
        var done = await _edge.PostAsync("/checkpoint", "");
        _edge.Node.Streams.CheckpointMissing = "orders/events/0 has committed 30 and not 42.";
        var late = await _edge.PostAsync("/checkpoint", "");

        Assert.Equal("""{"message":"Checkpoint created","timestamp":"1970-01-01T00:00:00+00:00","checkpoint_size":17}""", done.Body);
        late.IsProblem(503);
        Assert.Equal(_edge.Node.Streams.CheckpointMissing, late.Detail);
        Assert.NotNull(late.RetryAfter);
    }

    [Fact]
    public async Task Checkpoints_are_told_by_partition_and_key_group_with_sums_over_all()
    {
        var all = (await _edge.GetAsync("/checkpoints")).Json;
        var one = await _edge.GetAsync("/checkpoints?pipeline_id=orders");

        Assert.Equal((2, 3, 3, 17), (Long(all.GetProperty("sums"), "pipelines"), Long(all.GetProperty("sums"), "partitions"), Long(all.GetProperty("sums"), "key_groups"), Long(all.GetProperty("sums"), "events")));
        // How long a file is, only its reader knows.
        Assert.Equal(JsonValueKind.Null, all.GetProperty("sums").GetProperty("lag_records").ValueKind);
        Assert.Equal(
            """{"sums":{"pipelines":1,"partitions":2,"lag_records":12,"key_groups":2,"events":17,"event_bytes":4000,"snapshot_bytes":90000},"checkpoints":[{"pipeline_id":"orders","running":true,"partitions":["""
            + """{"partition":"orders/events/0","position":30,"head":42,"lag_records":12,"epoch":3,"serial":9,"watermark":"1970-01-01T00:16:40+00:00","idle":false,"committed_at":"2025-11-24T16:00:00+00:00"},"""
            + """{"partition":"orders/events/1","position":70,"head":70,"lag_records":0,"epoch":0,"serial":0,"watermark":"1970-01-01T00:33:20+00:00","idle":true,"committed_at":null}],"key_groups":["""
            + """{"group":0,"sequence":212,"snapshot_sequence":200,"events":12,"event_bytes":3400,"snapshot_bytes":90000,"last_event_at":"2025-11-24T16:00:00.25+00:00"},"""
            + """{"group":1,"sequence":5,"snapshot_sequence":0,"events":5,"event_bytes":600,"snapshot_bytes":0,"last_event_at":"2025-11-24T16:00:00.5+00:00"}]}],"next":null}""",
            one.Body);
    }

    [Fact]
    public async Task Pages_of_checkpoints_follow_each_other_by_their_links_until_every_key_group_was_shown_once()
    {
        string? path = "/checkpoints?limit=1";
        var groups = new List<string>();
        while (path is not null)
        {
            var page = await _edge.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
            foreach (var p in page.Json.GetProperty("checkpoints").EnumerateArray())
                groups.AddRange(p.GetProperty("key_groups").EnumerateArray().Select(g => $"{p.GetProperty("pipeline_id").GetString()}/{Long(g, "group")}"));
            Assert.Equal(3, Long(page.Json.GetProperty("sums"), "key_groups"));
            Assert.Equal(page.Next is null, page.Json.GetProperty("next").ValueKind == JsonValueKind.Null);
            path = page.Next;
        }

        Assert.Equal(["orders/0", "orders/1", "visits/0"], groups);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("after=orders%2F9")]
    [InlineData("pipeline_id=visits&after=orders%2F0")]
    public async Task A_page_of_checkpoints_that_cannot_be_is_422(string query) => (await _edge.GetAsync($"/checkpoints?{query}")).IsProblem(422);

    [Fact]
    public async Task Checkpoints_are_503_while_the_database_is_away()
    {
        _edge.Node.Streams.StorageFails = new StorageUnavailableException("The database did not answer.");

        (await _edge.GetAsync("/checkpoints")).IsProblem(503);
    }

    [Fact]
    public async Task The_status_has_the_old_members_and_tells_unknown_from_nothing()
    {
        var status = (await _edge.GetAsync("/status")).Json;

        var stats = status.GetProperty("stats");
        Assert.Equal(["uptime_seconds", "events", "windows", "throughput", "latency_ms", "memory_usage_mb", "pipelines"], stats.EnumerateObject().Select(m => m.Name));
        Assert.Equal((98, 2, 0.98), (Long(stats.GetProperty("events"), "processed"), Long(stats.GetProperty("events"), "failed"), stats.GetProperty("events").GetProperty("success_rate").GetDouble()));
        // A group of the other pipeline did not answer.
        Assert.All(stats.GetProperty("windows").EnumerateObject(), m => Assert.Equal(JsonValueKind.Null, m.Value.ValueKind));
        Assert.Equal(["created", "completed", "active", "expired"], stats.GetProperty("windows").EnumerateObject().Select(m => m.Name));
        Assert.Equal("""{"min":0,"max":20,"avg":10}""", stats.GetProperty("throughput").GetRawText());
        Assert.Equal("""{"min":1,"max":100,"avg":50.5,"p50":50,"p95":95,"p99":99}""", stats.GetProperty("latency_ms").GetRawText());
        Assert.InRange(stats.GetProperty("memory_usage_mb").GetDouble(), 1, 1_000_000);
        Assert.Equal("""{"events_processed":98,"events_failed":2,"windows_active":6,"last_activity":"2025-11-24T16:00:00+00:00"}""", stats.GetProperty("pipelines").GetProperty("orders").GetRawText());
        Assert.Equal(JsonValueKind.Null, stats.GetProperty("pipelines").GetProperty("visits").GetProperty("windows_active").ValueKind);
    }

    [Fact]
    public async Task The_status_says_why_the_source_of_a_running_pipeline_cannot_be_read()
    {
        _edge.Node.Streams.OrdersTrouble = "Topic readings is not there.";

        var status = (await _edge.GetAsync("/status")).Json;
        Assert.Equal(("degraded", "Pipeline orders: Topic readings is not there."), (status.GetProperty("status").GetString(), status.GetProperty("detail").GetString()));
        Assert.Equal("Topic readings is not there.", status.GetProperty("stats").GetProperty("pipelines").GetProperty("orders").GetProperty("detail").GetString());
        await _edge.PostAsync("/pipelines/orders/stop", "");
        Assert.Equal("running", (await _edge.GetAsync("/status")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_status_is_readable_while_the_database_is_away_and_the_watermarks_say_so()
    {
        _edge.Node.Streams.StorageFails = new StorageUnavailableException("The database did not answer.");

        var status = await _edge.GetAsync("/status");

        Assert.Equal((200, "degraded", "The database did not answer."), (status.Status, status.Json.GetProperty("status").GetString(), status.Json.GetProperty("detail").GetString()));
        Assert.Equal(JsonValueKind.Null, status.Json.GetProperty("stats").ValueKind);
        (await _edge.GetAsync("/watermarks")).IsProblem(503);
    }

    private static long Long(JsonElement parent, string name) => parent.GetProperty(name).GetInt64();
}
