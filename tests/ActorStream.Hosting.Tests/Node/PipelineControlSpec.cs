using System.Net;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>compatibility.md section 2 over a whole node with one pipeline.</summary>
public sealed class PipelineControlSpec : IAsyncLifetime
{
    private const string Stats = "/pipelines/orders/stats";

    private RunningNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await RunningNode.StartAsync(change: s => s with { Pipelines = [OrdersPipeline.Spec] }, more: [(SettingsTable.MetricsPartitions, "2")]);
        await _node.UntilAsync("/ready", (status, _) => status == 200);
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_stopped_pipeline_reads_nothing_and_goes_on_from_its_commit_row_when_it_is_started_again()
    {
        await AppendAsync(0, 50);
        await CheckpointAsync();
        var before = await StatsAsync();

        Assert.Equal("""{"message":"Pipeline orders stopped"}""", await PostAsync("/pipelines/orders/stop"));
        await _node.UntilAsync("/pbm/pipelines", p => !Running().Any() && !p.GetProperty("pipelines")[0].GetProperty("running").GetBoolean());
        await AppendAsync(50, 30);
        // Asks every reader, so that each is started where it may be; then a sample that came later is read.
        await _node.ManageAsync("/pbm/sources");
        await ReadASampleAsync();
        string[] runningWhileStopped = [.. Running()];
        var whileStopped = await StatsAsync();
        Assert.Equal("""{"message":"Pipeline orders started"}""", await PostAsync("/pipelines/orders/start"));
        await CheckpointAsync();
        var after = await StatsAsync();

        Assert.Equal((100, 0), (Long(before, "events_processed"), Long(before, "held_records")));
        Assert.Empty(runningWhileStopped);
        Assert.Equal((false, 100, 60), (whileStopped.GetProperty("running").GetBoolean(), Long(whileStopped, "events_processed"), Long(whileStopped, "held_records")));
        Assert.Equal((true, 160, 0), (after.GetProperty("running").GetBoolean(), Long(after, "events_processed"), Long(after, "held_records")));
        Assert.Equal(160, Long(after.GetProperty("books"), "in"));
    }

    [Fact]
    public async Task A_checkpoint_is_answered_when_all_that_was_in_the_source_is_committed()
    {
        await AppendAsync(0, 5_000);

        var reply = JsonDocument.Parse(await CheckpointAsync()).RootElement;

        var rows = _node.Parts.Storage.Commits.RowsOf(OrdersPipeline.Spec.ReaderGroup);
        Assert.Equal([5_000L, 5_000L], rows.Select(r => r.Row.Position));
        Assert.Equal("Checkpoint created", reply.GetProperty("message").GetString());
        Assert.True(reply.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        Assert.True(Long(reply, "checkpoint_size") >= 1);
    }

    [Fact]
    public async Task Checkpoints_tell_the_commit_rows_and_the_journals_of_the_key_groups()
    {
        await AppendAsync(0, 45);
        await CheckpointAsync();

        var stored = JsonDocument.Parse((await _node.GetAsync("/checkpoints?pipeline_id=orders&limit=3")).Body).RootElement;

        var pipeline = stored.GetProperty("checkpoints")[0];
        Assert.Equal((2, 4, 0), (Long(stored.GetProperty("sums"), "partitions"), Long(stored.GetProperty("sums"), "key_groups"), Long(stored.GetProperty("sums"), "lag_records")));
        Assert.Equal("orders/2", stored.GetProperty("next").GetString());
        Assert.Equal([45L, 45L], pipeline.GetProperty("partitions").EnumerateArray().Select(p => Long(p, "position")));
        Assert.All(pipeline.GetProperty("partitions").EnumerateArray(), p =>
        {
            Assert.Equal(1, Long(p, "epoch"));
            Assert.True(Long(p, "serial") >= 1);
            Assert.True(p.GetProperty("committed_at").TryGetDateTimeOffset(out _));
        });
        Assert.Equal(3, pipeline.GetProperty("key_groups").GetArrayLength());
        Assert.Contains(pipeline.GetProperty("key_groups").EnumerateArray(), g => Long(g, "sequence") >= 1 && Long(g, "event_bytes") > 0 && g.GetProperty("last_event_at").TryGetDateTimeOffset(out _));
    }

    [Fact]
    public async Task A_stopped_pipeline_is_not_waited_for_by_a_checkpoint()
    {
        await PostAsync("/pipelines/orders/stop");
        await AppendAsync(0, 10);

        await CheckpointAsync();
    }

    [Fact]
    public async Task Windows_watermarks_state_and_status_tell_what_the_pipeline_holds()
    {
        await AppendAsync(0, 45);
        await CheckpointAsync();
        // The last window is open: 4,000 to 5,000 ms, five events in each of two partitions.
        await _node.UntilAsync("/pbm/windows?pipeline_id=orders", w => w.GetProperty("windows").EnumerateArray().Sum(x => Long(x, "event_count")) == 10);

        var watermarks = JsonDocument.Parse((await _node.GetAsync("/watermarks")).Body).RootElement;
        var state = JsonDocument.Parse((await _node.GetAsync("/state")).Body).RootElement.GetProperty("state_store");
        var stats = JsonDocument.Parse((await _node.GetAsync("/status")).Body).RootElement.GetProperty("stats");
        var windows = JsonDocument.Parse((await _node.GetAsync("/windows?limit=3")).Body).RootElement.GetProperty("windows");

        Assert.Equal("2023-11-14T22:13:24.4+00:00", watermarks.GetProperty("global_watermark").GetString());
        Assert.Equal(["orders/orders-in/0", "orders/orders-in/1"], watermarks.GetProperty("watermarks").EnumerateObject().Select(w => w.Name));
        Assert.Equal(("sqlite", _node.Parts.Settings.DataFolder), (state.GetProperty("backend").GetString(), state.GetProperty("path").GetString()));
        Assert.True(Long(state, "approximate_size") > 4_096);
        Assert.Equal((90, 0), (Long(stats.GetProperty("events"), "processed"), Long(stats.GetProperty("events"), "failed")));
        Assert.Equal(Long(stats.GetProperty("windows"), "created"), Long(stats.GetProperty("windows"), "active") + Long(stats.GetProperty("windows"), "expired"));
        Assert.True(stats.GetProperty("latency_ms").GetProperty("p50").GetDouble() > 0);
        Assert.Equal(3, windows.GetArrayLength());
        Assert.All(windows.EnumerateArray(), w => Assert.Equal(("2023-11-14T22:13:24+00:00", "active"), (w.GetProperty("start_time").GetString(), w.GetProperty("state").GetString())));
    }

    [Fact]
    public async Task Both_doors_show_every_prometheus_name_of_the_old_engine()
    {
        await AppendAsync(0, 45);
        await OrdersPipeline.AppendUnreadableAsync(_node.Parts.Storage.Topics);
        await CheckpointAsync();

        var management = await _node.UntilAsync("/metrics", (_, body) => Sum(body, "stream_windows_completed_total") == 28 && Sum(body, "stream_window_size_events_count") == 28);
        var edge = (await _node.GetAsync("/metrics")).Body;

        foreach (var body in new[] { management, edge })
        {
            Assert.Equal(90, Sum(body, "stream_events_processed_total", "pipeline_id=\"orders\""));
            Assert.Equal(1, Sum(body, "stream_events_failed_total", "pipeline_id=\"orders\"", "error_type=\"unreadable\""));
            Assert.Equal(33, Sum(body, "stream_windows_created_total", "pipeline_id=\"orders\"", "window_type=\"tumbling\""));
            Assert.Equal(80, Sum(body, "stream_window_size_events_sum", "pipeline_id=\"orders\"", "window_type=\"tumbling\""));
            Assert.Equal(28, Sum(body, "stream_window_size_events_bucket", "le=\"5\""));
            Assert.Equal(5, Sum(body, "stream_active_windows", "pipeline_id=\"orders\""));
            Assert.True(Sum(body, "stream_processing_duration_seconds_count", "pipeline_id=\"orders\"") >= 2);
            Assert.Contains("stream_processing_duration_seconds_bucket{pipeline_id=\"orders\",le=\"0.001\"}", body);
            Assert.Contains("stream_events_per_second{pipeline_id=\"orders\"}", body);
            Assert.True(Sum(body, "stream_watermark_lag_seconds", "partition=\"orders/orders-in/1\"") > 1_000_000);
        }
    }

    private IEnumerable<string> Running() => _node.Parts.Readers.Local.Running.Select(r => r.Partition.Group).Where(g => g == OrdersPipeline.Spec.ReaderGroup);

    private Task AppendAsync(int from, int count) => OrdersPipeline.AppendAsync(_node.Parts.Storage.Topics, from, count);

    private async Task<JsonElement> StatsAsync() => JsonDocument.Parse((await _node.GetAsync(Stats)).Body).RootElement;

    private Task<string> CheckpointAsync() => PostAsync("/checkpoint");

    private async Task<string> PostAsync(string path)
    {
        using var response = await _node.PostAsync(path, new { });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {body}");
        return body;
    }

    private async Task ReadASampleAsync()
    {
        using var posted = await _node.PostAsync("/metrics", new { name = "m", value = 1 });
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        await _node.UntilAsync("/alive", (_, _) => _node.Parts.Storage.Commits.RowsOf(TopicNames.AlarmsGroup).Sum(r => r.Row.Position) == 1);
    }

    private static long Long(JsonElement parent, string name) => parent.GetProperty(name).GetInt64();

    private static double Sum(string metrics, string name, params string[] labels) => metrics.Split('\n')
        .Where(l => (l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal)) && labels.All(l.Contains))
        .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], System.Globalization.CultureInfo.InvariantCulture));
}
