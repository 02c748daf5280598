using System.Text;
using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Wire.Topics;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>compatibility.md section 2: the same log, with no partition idle, gives the same results. Nodes and kills are the scenarios' part.</summary>
public sealed class PipelineDeterminismSpec
{
    private const int Events = 2_000;
    private const int RecordsPerBatchMax = 9;

    /// <summary>The last event of each partition: the first in its tumbling window and its session, and in as many sliding ones as overlap.</summary>
    private const long ClosingMs = OrdersPipeline.FirstMs + 3_600_000;
    private const int OpenAtEnd = 2 * (1 + 4 + 1);

    /// <summary>With what depends on an order unless care is taken.</summary>
    private static readonly WindowPlan Plan = new(
        "orders", [WindowSpec.Tumbling(1_000, 700), WindowSpec.Sliding(1_200, 300, 400), WindowSpec.Session(40, 500)], PipelineSpec.ResultsTopicOf("orders"))
    {
        Aggregates = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles, Emit = EmitMode.Final,
    };

    [Fact]
    public async Task One_log_gives_the_same_results_books_and_late_letters_whatever_chunks_it_is_read_in_and_whenever_checkpoints_are_made()
    {
        var large = await RunAsync(new ChunkBounds(), checkpointMs: 1_000);
        var small = await RunAsync(new ChunkBounds(RecordsMax: 1), checkpointMs: 100);
        var middle = await RunAsync(new ChunkBounds(RecordsMax: 100), checkpointMs: 3_000);

        Assert.True(large.Results.Length > 1_000 && large.Letters.Length > 20, $"{large.Results.Length} results, {large.Letters.Length} letters");
        Assert.All([small, middle], other => Assert.Equal(large.Results, other.Results));
        Assert.All([small, middle], other => Assert.Equal(large.Letters, other.Letters));
        Assert.All([small, middle], other => Assert.Equal(large.Books, other.Books));
    }

    /// <summary>Results as they are written and ids of dead letters, each in a fixed order.</summary>
    private static async Task<(string[] Results, string[] Letters, string Books)> RunAsync(ChunkBounds chunk, int checkpointMs)
    {
        var spec = OrdersPipeline.Spec with { Windows = Plan, Watermark = new WatermarkSpec(DelayMs: 200, IdleTimeoutMs: 600_000), CheckpointMs = checkpointMs };
        await using var node = await RunningNode.StartAsync(
            change: s => s with { Pipelines = [spec] }, before: storage => FillAsync(storage.Topics), chunk: chunk, more: [(SettingsTable.MetricsPartitions, "2")]);
        var topics = node.Parts.Storage.Topics;
        var stats = await DoneAsync(node);
        return ([.. Results(topics).Order(StringComparer.Ordinal)], [.. node.Parts.Storage.DeadLetters.List(int.MaxValue).Select(l => l.Id).Order(StringComparer.Ordinal)], stats.GetProperty("books").GetRawText());
    }

    /// <summary>Its stats when every window but those of the closing events has fired and is on the topic.</summary>
    private static async Task<JsonElement> DoneAsync(RunningNode node)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var (status, body) = await node.GetAsync("/pipelines/orders/stats");
            if (status == 200 && JsonDocument.Parse(body).RootElement is var stats && IsDone(stats, node.Parts.Storage.Topics))
                return stats;
            Assert.True(await look.WaitForNextTickAsync(patience.Token), body);
        }
    }

    private static bool IsDone(JsonElement stats, ITopicStore topics) =>
        stats.GetProperty("windows").GetProperty("active").ValueKind == JsonValueKind.Number
        && stats.GetProperty("windows").GetProperty("active").GetInt64() == OpenAtEnd
        && stats.GetProperty("books").GetProperty("in").GetInt64() == (2 * Events) + 2
        && topics.StateOf(Plan.ResultsTopic, 0).Head == stats.GetProperty("windows").GetProperty("completed").GetInt64();

    /// <summary>Each partition out of order and with late events, in small batches of different lengths; then the event that closes all windows of others.</summary>
    private static async Task FillAsync(ITopicStore topics)
    {
        var random = new Random(5);
        for (var partition = 0; partition < 2; partition++)
        {
            for (var made = 0; made < Events;)
            {
                var writer = new RecordBatchWriter();
                for (var last = Math.Min(Events, made + 1 + random.Next(RecordsPerBatchMax)); made < last; made++)
                    Add(writer, $"k{random.Next(8)}", OrdersPipeline.FirstMs + (made * 10L) - random.Next(random.Next(20) == 0 ? 2_500 : 190), random.Next(1_000_000) / 997.0);
                await topics.AppendAsync(OrdersPipeline.Topic, [new NewBatch(partition, writer.Count, writer.Written.ToArray())]);
            }
            var closing = new RecordBatchWriter();
            Add(closing, $"closing-{partition}", ClosingMs, 1);
            await topics.AppendAsync(OrdersPipeline.Topic, [new NewBatch(partition, closing.Count, closing.Written.ToArray())]);
        }
    }

    private static void Add(RecordBatchWriter writer, string key, long timeMs, double value) =>
        writer.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($$"""{"partition_key":"{{key}}","event_time":{{timeMs}},"value":{{JsonSerializer.Serialize(value)}}}"""));

    private static IEnumerable<string> Results(ITopicStore topics)
    {
        for (var from = 0L; topics.Read(Plan.ResultsTopic, 0, from, 1_000, 1 << 20) is { Count: > 0 } batches; from = batches[^1].Next)
        {
            foreach (var batch in batches)
            {
                foreach (var result in ValuesOf(batch))
                    yield return result;
            }
        }
    }

    private static List<string> ValuesOf(StoredBatch batch)
    {
        var values = new List<string>();
        for (var reader = new RecordBatchReader(batch.Blob.Span); reader.Next();)
            values.Add(Encoding.UTF8.GetString(reader.Value));
        return values;
    }
}
