using System.Diagnostics;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;
using Akka.Persistence;

namespace ActorStream.Benchmarks;

/// <summary>What the protocol is compared with: the same journal, one Persist per record.</summary>
internal static class NaivePersist
{
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
            for (; Stopwatch.GetTimestamp() < until; n += 64)
                await a.Ask<Done>(new Records(n), TimeSpan.FromSeconds(30));
            return n;
        }));
        var perSecond = counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (perSecond, new Row("the same with one Persist per record (naive)", $"{perSecond:N0} samples/s, 1/{ours / perSecond:N0}", $"{AlarmThroughput.Metrics:N0} persistent actors, messages of 64 records, the same journal and database; no topic, no rules"));
    }

    private sealed record Records(long First);

    private sealed class OnePersistPerRecord : UntypedPersistentActor
    {
        private static readonly PartitionId Partition = new("naive", TopicNames.Metrics, 1, 0);

        private long _sum;

        public OnePersistPerRecord(int index) => PersistenceId = $"naive-{index}";

        public override string PersistenceId { get; }

        protected override void OnCommand(object message)
        {
            if (message is not Records records)
                return;
            for (var i = 0; i < 64; i++)
                Persist(new Checkpoint([new AppliedOffset(Partition, records.First + i)], [], [], null), e => _sum += e.Applied[0].Offset);
            var asker = Sender;
            DeferAsync(Done.Instance, d => asker.Tell(d));
        }

        protected override void OnRecover(object message)
        {
        }
    }
}
