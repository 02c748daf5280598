using System.Text;
using System.Text.Json;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Scenarios.Joins;

/// <summary>The two topics of a join: what is appended to them, and what they hold.</summary>
internal static class JoinTopics
{
    public const string Orders = "orders";
    public const string Payments = "payments";
    public const int Partitions = EventLoad.Partitions;

    public static readonly IReadOnlyList<string> Both = [Orders, Payments];

    public static async Task AppendAsync(INodeStorage storage, string topic, IEnumerable<(int Partition, LoggedEvent Event)> events)
    {
        var batches = new List<NewBatch>();
        foreach (var partition in events.GroupBy(e => e.Partition).OrderBy(g => g.Key))
        {
            var writer = new RecordBatchWriter();
            foreach (var (_, e) in partition)
                writer.Add(Encoding.UTF8.GetBytes(e.Key), Encoding.UTF8.GetBytes(topic == Orders
                    ? $$"""{"order":"{{e.Key}}","at":{{e.TimeMs}},"value":{{e.Value}}}"""
                    : $$"""{"order":"{{e.Key}}","paid_at":{{e.TimeMs}},"amount":{{e.Value}}}"""));
            batches.Add(new NewBatch(partition.Key, writer.Count, writer.Written.ToArray()));
        }
        await EventLoad.UntilAppendedAsync(storage, topic, batches);
    }

    /// <summary>One event in each partition of both topics, whose windows stay open and close all before them.</summary>
    public static async Task AppendEndAsync(INodeStorage storage, long timeMs)
    {
        foreach (var topic in Both)
            await AppendAsync(storage, topic, Enumerable.Range(0, Partitions).Select(p => (p, new LoggedEvent("end", timeMs, 0))));
    }

    /// <summary>By partition, in the order of its log: an event's place is its offset.</summary>
    public static IReadOnlyList<IReadOnlyList<LoggedEvent>> Read(INodeStorage storage, string topic)
    {
        var log = Enumerable.Range(0, Partitions).Select(_ => new List<LoggedEvent>()).ToList();
        var (time, value) = topic == Orders ? ("at", "value") : ("paid_at", "amount");
        foreach (var record in TopicLog.Read(storage.Topics, topic))
        {
            var e = JsonDocument.Parse(record.Value).RootElement;
            log[record.Partition].Add(new LoggedEvent(e.GetProperty("order").GetString()!, e.GetProperty(time).GetInt64(), e.GetProperty(value).GetInt32()));
        }
        return log;
    }
}
