using System.Globalization;
using System.Text;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Hosting.Tests.Pipelines;

/// <summary>A join of two embedded topics of the user's own, events for both, and what it must finally say.</summary>
internal sealed class PaidOrders
{
    public const string Orders = "orders-in";
    public const string Payments = "payments-in";

    private const long FirstMs = 1_700_000_000_000;
    private const long DelayMs = 500;
    private const int EventsOfPartition = 300;

    private static readonly WindowSpec Window = WindowSpec.Sliding(2_000, 1_000, allowedLatenessMs: 1_000);

    private readonly Dictionary<(string Topic, int Partition), List<Event>> _logs = [];

    public PaidOrders(int seed, int partitions)
    {
        var random = new Random(seed);
        foreach (var topic in new[] { Orders, Payments })
        {
            for (var partition = 0; partition < partitions; partition++)
                _logs[(topic, partition)] = Log(random, topic == Orders ? 4 : 2);
        }
    }

    /// <summary>Nobody falls idle, so what is late follows from the log.</summary>
    public static PipelineSpec Spec(string file) => new(
        "paid", "paid", SourceSpec.OfTopic(Orders), new EventFields(), new WindowPlan("paid", [Window], PipelineSpec.ResultsTopicOf("paid")), new WatermarkSpec(DelayMs, IdleTimeoutMs: 3_600_000),
        [new SinkSpec(SinkKind.File, "out", file)])
    {
        KeyGroups = 4, Join = new JoinSpec(Payments, JoinType.Left, new EventFields("order", "paid_at", "amount")),
    };

    public int Count => _logs.Values.Sum(l => l.Count);

    /// <summary>Events from this place on in every partition.</summary>
    public async Task AppendAsync(ITopicStore topics, int from, int count)
    {
        foreach (var topic in _logs.Keys.Select(k => k.Topic).Distinct())
            await topics.AppendAsync(topic, [.. _logs.Where(l => l.Key.Topic == topic).Select(l => Batch(l.Key.Partition, topic, l.Value.Skip(from).Take(count)))]);
    }

    /// <summary>One far ahead in every partition, which closes every window before it.</summary>
    public async Task AppendEndAsync(ITopicStore topics)
    {
        foreach (var log in _logs)
            await topics.AppendAsync(log.Key.Topic, [Batch(log.Key.Partition, log.Key.Topic, [new Event("end", FirstMs + 1_000_000, 0)])]);
    }

    /// <summary>By result id, value of the left event and of the right one.</summary>
    public Dictionary<string, (double Left, double? Right)> Expected()
    {
        var windows = new Dictionary<(string Key, long Start), (List<(string Position, double Value)> Left, List<(string Position, double Value)> Right)>();
        foreach (var ((topic, partition), log) in _logs)
        {
            var greatest = long.MinValue / 2;
            for (var offset = 0; offset < log.Count; offset++)
            {
                var e = log[offset];
                foreach (var start in Window.StartsOf(e.TimeMs).Where(s => s + Window.SizeMs + Window.AllowedLatenessMs > greatest - DelayMs))
                {
                    if (!windows.TryGetValue((e.Key, start), out var sides))
                        windows.Add((e.Key, start), sides = ([], []));
                    (topic == Orders ? sides.Left : sides.Right).Add(($"{partition}.{offset}", e.Value));
                }
                greatest = Math.Max(greatest, e.TimeMs);
            }
        }
        var rows = new Dictionary<string, (double, double?)>();
        foreach (var ((key, start), (left, right)) in windows)
        {
            foreach (var l in left)
            {
                foreach (var r in right)
                    rows.Add($"paid/sliding_{key}_{start}_{l.Position}_{r.Position}", (l.Value, r.Value));
                if (right.Count == 0)
                    rows.Add($"paid/sliding_{key}_{start}_{l.Position}_none", (l.Value, null));
            }
        }
        return rows;
    }

    private static List<Event> Log(Random random, int lateEach)
    {
        var events = new List<Event>();
        for (var i = 0; i < EventsOfPartition; i++)
        {
            var back = random.Next(lateEach * 5) == 0 ? random.Next(500, 4_500) : random.Next(0, 400);
            events.Add(new Event($"order-{random.Next(12)}", FirstMs + (i * 100L) - back, i + (random.Next(4) / 4.0)));
        }
        return events;
    }

    private static NewBatch Batch(int partition, string topic, IEnumerable<Event> events)
    {
        var batch = new RecordBatchWriter();
        foreach (var e in events)
        {
            var value = e.Value.ToString(CultureInfo.InvariantCulture);
            batch.Add("k"u8, Encoding.UTF8.GetBytes(topic == Orders
                ? $$"""{"partition_key":"{{e.Key}}","event_time":{{e.TimeMs}},"value":{{value}}}"""
                : $$"""{"order":"{{e.Key}}","paid_at":{{e.TimeMs}},"amount":{{value}}}"""));
        }
        return new NewBatch(partition, batch.Count, batch.Written);
    }

    private sealed record Event(string Key, long TimeMs, double Value);
}
