using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Hosting.Tests.Pipelines;

/// <summary>A pipeline over an embedded topic of its own, and events for it.</summary>
internal static class OrdersPipeline
{
    public const string Topic = "orders-in";

    public const long FirstMs = 1_700_000_000_000;

    public static readonly PipelineSpec Spec = new(
        "orders", "orders", SourceSpec.OfTopic(Topic), new EventFields(), new WindowPlan("orders", [WindowSpec.Tumbling(1_000)], PipelineSpec.ResultsTopicOf("orders")), new WatermarkSpec(DelayMs: 0), []) { KeyGroups = 4 };

    /// <summary>One batch into each partition; in each the events lie a tenth of a second apart, and number their time.</summary>
    public static Task AppendAsync(ITopicStore topics, int from, int count) => AppendAsync(topics, topics.PartitionsOf(Topic), from, count);

    /// <param name="partitions">The first so many; the others get nothing.</param>
    public static Task AppendAsync(ITopicStore topics, int partitions, int from, int count) =>
        topics.AppendAsync(Topic, [.. Enumerable.Range(0, partitions).Select(p => Batch(p, Enumerable.Range(from, count).Select(i => $$"""{"partition_key":"key-{{i % 7}}","event_time":{{FirstMs + (i * 100L)}},"value":{{i}}}""")))]);

    public static Task AppendUnreadableAsync(ITopicStore topics, int partition = 0) => topics.AppendAsync(Topic, [Batch(partition, ["no JSON"])]);

    private static NewBatch Batch(int partition, IEnumerable<string> records)
    {
        var batch = new RecordBatchWriter();
        foreach (var record in records)
            batch.Add("k"u8, Encoding.UTF8.GetBytes(record));
        return new NewBatch(partition, batch.Count, batch.Written);
    }
}
