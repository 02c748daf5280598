using System.Globalization;
using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Scenarios.Load;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Scenarios.Books;

/// <summary>An alarm as far as its receiver can see it.</summary>
/// <param name="Value">As the message writes it.</param>
internal sealed record BookedAlarm(string Id, string Metric, string Value, string WebhookUrl);

/// <summary>What the data folder says: read with a plain loop, by nothing that judges or delivers in the nodes.</summary>
/// <param name="Samples">How often each sample is in the <c>metrics</c> topic.</param>
/// <param name="Due">What the rules demand of those samples.</param>
/// <param name="Raised">What is on the <c>alarms</c> topic, in the order of its partitions, repetitions included.</param>
internal sealed record Ledger(IReadOnlyDictionary<long, int> Samples, IReadOnlyList<BookedAlarm> Due, IReadOnlyList<BookedAlarm> Raised)
{
    public static Ledger Read(INodeStorage storage)
    {
        var rules = RulesOf(storage.Compacted);
        var json = new SampleJson(new SeriesInterner());
        var samples = new Dictionary<long, int>();
        var due = new List<BookedAlarm>();
        var judges = new Dictionary<Guid, RuleReference>();
        var incarnation = storage.Topics.IncarnationOf(TopicNames.Metrics);
        foreach (var record in TopicLog.Read(storage.Topics, TopicNames.Metrics))
        {
            Assert.True(json.TryRead(record.Value, out var sample, out var why), why.Sentence);
            var number = SampleLoad.SampleOf(sample.Value);
            samples[number] = samples.GetValueOrDefault(number) + 1;
            foreach (var version in rules[Encoding.UTF8.GetString(record.Key)].Where(r => record.AppendTimeMs >= r.MadeAtMs))
            {
                var rule = version.Rule;
                if (!judges.TryGetValue(rule.Id, out var judge))
                    judges.Add(rule.Id, judge = new RuleReference(rule));
                if (judge.Judge(record.AppendTimeMs, sample.Value) is { } value)
                    due.Add(new BookedAlarm($"{rule.Id:N}-{incarnation}-{record.Partition}-{record.Offset}", rule.MetricName, Text(value), rule.WebhookUrl));
            }
        }
        return new Ledger(samples, due, [.. TopicLog.Read(storage.Topics, TopicNames.Alarms).Select(r => AlarmCodec.Decode(r.Value)).Select(Booked)]);
    }

    public static BookedAlarm Booked(AlarmRecord alarm) => new(alarm.Id.Text, alarm.Metric, Text(alarm.Value), alarm.WebhookUrl);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static ILookup<string, VersionedRule> RulesOf(ICompactedTopic topic) => topic.ChangesAfter(TopicNames.Rules, PartitionId.None)
        .Select(r => new VersionedRule(RuleJson.Parse(r.Value!.Value.Span, null).Rule!, r.Position, r.AppendTimeMs))
        .ToLookup(r => r.Rule.MetricName, StringComparer.Ordinal);
}
