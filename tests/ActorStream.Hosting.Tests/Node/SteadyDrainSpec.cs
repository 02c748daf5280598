using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>A pipeline on a whole node is drained while its topic is appended to all the time: no group of it is ever clean for long.</summary>
public sealed class SteadyDrainSpec : IAsyncLifetime
{
    private const int Partitions = 2;
    private const string Drain = "/pipelines/orders/drain";
    private const string Drained = """{"message":"Pipeline orders drained"}""";

    /// <summary>A partition that has held a record is not idle within the test.</summary>
    private static readonly PipelineSpec Orders = OrdersPipeline.Spec with
    {
        Sinks = [new SinkSpec(SinkKind.Table, "table", "")],
        Watermark = OrdersPipeline.Spec.Watermark with { IdleTimeoutMs = 3_600_000 },
    };

    private RunningNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await RunningNode.StartAsync(change: s => s with { Pipelines = [Orders] }, more: [(SettingsTable.MetricsPartitions, $"{Partitions}")]);
        await _node.UntilAsync("/ready", (status, _) => status == 200);
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task A_drain_under_a_steady_source_ends_with_all_that_the_topic_held_in_the_sink()
    {
        long held, later;
        (int Status, string Body) drained;
        await using (new SteadyOrders(_node.Parts.Storage.Topics, Partitions))
        {
            await UntilTheTableHasRowsAsync();
            held = Head(0);
            drained = await _node.SendAsync(HttpMethod.Post, Drain);
            later = Head(0);
            await UntilTheTopicGrowsAsync(later);
        }
        var counts = _node.Parts.Storage.Results.List("orders", int.MaxValue).GroupBy(r => r.StartMs).ToDictionary(g => (int)((g.Key - OrdersPipeline.FirstMs) / 1_000), g => g.Sum(r => r.Count));

        Assert.Equal((200, Drained), drained);
        Assert.False(IsRunning());
        Assert.True(later > held, $"the source was not steady: {held} events when the drain was asked for, {later} when it was answered");
        // An event each tenth of a second in each partition; the last event held has closed all windows before its own.
        Assert.All(Enumerable.Range(0, (int)(held - 1) / 10), w => Assert.Equal(10 * Partitions, counts.GetValueOrDefault(w)));
        Assert.Equal(Results(), Written());
    }

    [Fact]
    public async Task A_drain_under_a_steady_source_ends_also_where_there_is_no_watermark_yet()
    {
        long held, later;
        (int Status, string Body) drained;
        // It gives its partition no time, and a partition that has held a record does not follow the others at once.
        await OrdersPipeline.AppendUnreadableAsync(_node.Parts.Storage.Topics, partition: 1);
        await using (new SteadyOrders(_node.Parts.Storage.Topics, partitions: 1))
        {
            await UntilTheTopicGrowsAsync(100);
            held = Head(0);
            drained = await _node.SendAsync(HttpMethod.Post, Drain);
            later = Head(0);
            await UntilTheTopicGrowsAsync(later);
        }
        var (books, watermarks) = (await JsonAsync("/pipelines/orders/stats"), await JsonAsync("/watermarks"));

        Assert.Equal((200, Drained), drained);
        Assert.False(IsRunning());
        Assert.True(later > held, $"the source was not steady: {held} events when the drain was asked for, {later} when it was answered");
        Assert.Equal(JsonValueKind.Null, watermarks.GetProperty("global_watermark").ValueKind);
        Assert.True(books.GetProperty("events_processed").GetInt64() >= held, $"{books} of {held} events");
        Assert.Equal((0, 0), (Results(), Written()));
    }

    private bool IsRunning() => Assert.Single(_node.Parts.Pipelines.Current.Entries.Values).IsRunning;

    private long Head(int partition) => _node.Parts.Storage.Topics.StateOf(OrdersPipeline.Topic, partition).Head;

    private long Results() => _node.Parts.Storage.Topics.StateOf(Orders.Windows.ResultsTopic, 0).Head;

    private long Written() => _node.Parts.Storage.Commits.RowsOf("sink.orders.table").Sum(r => r.Row.Position);

    private Task UntilTheTableHasRowsAsync() => _node.UntilAsync("/alive", (_, _) => _node.Parts.Storage.Results.List("orders", 1).Count > 0);

    private Task UntilTheTopicGrowsAsync(long beyond) => _node.UntilAsync("/alive", (_, _) => Head(0) > beyond);

    private async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse((await _node.GetAsync(path)).Body).RootElement;
}
