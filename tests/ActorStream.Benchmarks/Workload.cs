using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Benchmarks;

/// <summary>Rules and samples that every benchmark uses.</summary>
internal static class Workload
{
    public static string Metric(int index) => string.Create(CultureInfo.InvariantCulture, $"bench-metric-{index:0000}");

    /// <summary>Per metric <paramref name="rulesPerMetric"/> rules; only the first, threshold 1,000,000, is ever broken.</summary>
    public static async Task PutRulesAsync(ICompactedTopic topic, int metrics, int rulesPerMetric, Func<int, string> webhook)
    {
        var puts = new List<Task>();
        for (var metric = 0; metric < metrics; metric++)
        {
            for (var n = 0; n < rulesPerMetric; n++)
            {
                var threshold = 1_000_000L * (n == 0 ? 1 : 1_000 + n);
                var rule = new Rule(Guid.NewGuid(), Metric(metric), threshold, threshold.ToString(CultureInfo.InvariantCulture), ComparisonOperator.Greater, webhook(metric));
                puts.Add(topic.PutAsync(TopicNames.Rules, rule.Id.ToString(), RuleJson.Write(rule)));
            }
        }
        await Task.WhenAll(puts);
    }

    /// <summary>Appends samples of about 16 bytes of value to all partitions in batches of 1,000; each thousandth breaks the first rule of its metric.</summary>
    public static async Task FillAsync(ITopicStore topics, int metrics, long samples)
    {
        const int BatchRecords = 1_000;
        var partitions = topics.PartitionsOf(TopicNames.Metrics);
        var keys = Enumerable.Range(0, metrics).Select(m => Encoding.UTF8.GetBytes(Metric(m))).ToArray();
        var writers = Enumerable.Range(0, partitions).Select(_ => new RecordBatchWriter(64 * BatchRecords)).ToArray();
        var pending = new Queue<Task>();
        var value = new byte[64];
        for (long i = 0; i < samples; i++)
        {
            var key = keys[i % metrics];
            var partition = StableHash.Bucket(key, partitions);
            // 7 is coprime to 1,000, so that the alarming samples go round the metrics.
            var length = Encode(value, (i * 7) % 1_000 == 0 ? 1_000_001 + (i % 1_000) : 100 + (i % 900));
            writers[partition].Add(key, value.AsSpan(0, length));
            if (writers[partition].Count == BatchRecords)
                Enqueue(partition);
            while (pending.Count > 64)
                await pending.Dequeue();
        }
        for (var p = 0; p < partitions; p++)
        {
            if (writers[p].Count > 0)
                Enqueue(p);
        }
        await Task.WhenAll(pending);

        void Enqueue(int partition)
        {
            pending.Enqueue(topics.AppendAsync(TopicNames.Metrics, [new NewBatch(partition, writers[partition].Count, writers[partition].Written.ToArray())]));
            writers[partition].Clear();
        }
    }

    private static int Encode(Span<byte> to, long value)
    {
        "{\"value\":"u8.CopyTo(to);
        System.Buffers.Text.Utf8Formatter.TryFormat(value, to[9..], out var written);
        to[9 + written] = (byte)'}';
        return 10 + written;
    }
}
