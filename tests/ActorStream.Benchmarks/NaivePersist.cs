using System.Diagnostics;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;
using Akka.Persistence;

namespace ActorStream.Benchmarks;

/// <summary>What the protocol is compared with: the same journal, one Persist per record.</summary>
internal static class NaivePersist
{
    private const int InFlight = 64;

    public static async Task<(double PerSecond, Row Row)> RunAsync(int seconds, double ours)
    {
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", "127.0.0.1:9");
        var system = node.Get<ActorSystem>();
        var actors = Enumerable.Range(0, AlarmThroughput.Metrics).Select(i => system.ActorOf(Props.Create(() => new OnePersistPerRecord(i)))).ToArray();
        var until = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(actors.Select(async (a, i) =>
        {
            long n = 0;
            for (; Stopwatch.GetTimestamp() < until; n += InFlight)
            {
                for (var k = 0; k < InFlight - 1; k++)
                    a.Tell(new Record(n + k));
                await a.Ask<Taken>(new Record(n + InFlight - 1), TimeSpan.FromSeconds(60));
            }
            return n;
        }));
        var perSecond = counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (perSecond, new Row("the same with one Persist per record (naive)", $"{perSecond:N0} samples/s, 1/{ours / perSecond:N0}", $"{AlarmThroughput.Metrics:N0} persistent actors, 64 records in flight each, the same journal and database; no topic, no rules"));
    }

    private sealed record Record(long Offset);

    private sealed class Taken
    {
        public static readonly Taken Instance = new();
    }

    private sealed class OnePersistPerRecord : UntypedPersistentActor
    {
        private static readonly PartitionId Partition = new("naive", TopicNames.Metrics, 1, 0);

        private long _sum;

        public OnePersistPerRecord(int index) => PersistenceId = $"naive-{index}";

        public override string PersistenceId { get; }

        protected override void OnCommand(object message)
        {
            if (message is not Record record)
                return;
            var asker = Sender;
            Persist(new Checkpoint([new AppliedOffset(Partition, record.Offset)], [], [], null), e =>
            {
                _sum += e.Applied[0].Offset;
                asker.Tell(Taken.Instance);
            });
        }

        protected override void OnRecover(object message)
        {
        }
    }
}
