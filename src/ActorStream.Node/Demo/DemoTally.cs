using System.Text;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Node.Demo;

/// <summary>A rule of the demo as a loop can apply it: instantaneous, every sample.</summary>
/// <param name="AtLeast">True: &gt;=, false: &gt;.</param>
internal sealed record DemoRule(Guid Id, string Metric, double Threshold, bool AtLeast)
{
    public bool Holds(double value) => AtLeast ? value >= Threshold : value > Threshold;
}

/// <param name="Samples">In the topic since the demo began.</param>
/// <param name="Alarms">Ids that must arrive.</param>
internal sealed record DemoTally(long Samples, IReadOnlySet<string> Alarms)
{
    private const int RecordsMax = 10_000;
    private const int BytesMax = 4 << 20;

    /// <summary>The plain loop: reads the metrics topic from one end to the other and applies the rules, without anything that judges alarms in the nodes.</summary>
    /// <param name="sinceMs">Batches appended before are of an earlier run on the same folder.</param>
    public static DemoTally Count(ITopicStore topics, IReadOnlyList<DemoRule> rules, long sinceMs)
    {
        var samples = 0L;
        var alarms = new HashSet<string>(StringComparer.Ordinal);
        var incarnation = topics.IncarnationOf(TopicNames.Metrics);
        for (var partition = 0; partition < topics.PartitionsOf(TopicNames.Metrics); partition++)
        {
            var from = topics.StateOf(TopicNames.Metrics, partition).First;
            while (topics.Read(TopicNames.Metrics, partition, from, RecordsMax, BytesMax) is { Count: > 0 } batches)
            {
                foreach (var batch in batches.Where(b => b.AppendTimeMs >= sinceMs))
                    samples += Judge(batch, rules, (rule, offset) => alarms.Add($"{rule.Id:N}-{incarnation}-{partition}-{offset}"));
                from = batches[^1].Next;
            }
        }
        return new DemoTally(samples, alarms);
    }

    private static int Judge(StoredBatch batch, IReadOnlyList<DemoRule> rules, Action<DemoRule, long> alarm)
    {
        var records = new RecordBatchReader(batch.Blob.Span);
        var offset = batch.FirstOffset;
        for (; records.Next(); offset++)
        {
            var metric = Encoding.UTF8.GetString(records.Key);
            using var sample = JsonDocument.Parse(records.Value.ToArray());
            var value = sample.RootElement.GetProperty("value").GetDouble();
            foreach (var rule in rules.Where(r => r.Metric == metric && r.Holds(value)))
                alarm(rule, offset);
        }
        return (int)(offset - batch.FirstOffset);
    }
}
