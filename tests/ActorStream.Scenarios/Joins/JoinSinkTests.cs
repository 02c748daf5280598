using ActorStream.Domain.Records;
using ActorStream.Scenarios.Kafka;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Tests.Shared;

namespace ActorStream.Scenarios.Joins;

/// <summary>An inner and a left join of the same topics on a node as a process, each with every sink that takes rows.</summary>
/// <remarks><c>ACTORSTREAM_SEED</c>: repeats the events of a run.</remarks>
[Collection(KafkaBroker.Shared)]
public sealed class JoinSinkTests(ITestOutputHelper output)
{
    private const int Orders = 2_000;
    private const int Payments = 1_300;
    private const int Keys = 150;
    private const int SpanMs = 20_000;
    private const int KafkaPartitions = 2;
    private const int LatenessMs = 60_000;

    /// <summary>Less than the delay of the watermark, so nothing of the first part is late.</summary>
    private const int DisorderMs = 1_900;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly long _startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;
    private readonly string _topic = $"joined-{Guid.NewGuid():N}";

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_sink_holds_each_row_of_an_inner_and_of_a_left_join_once_and_takes_back_what_a_late_event_met(bool isPostgres)
    {
        var random = new Random(Seeded());
        await using var kafka = await KafkaBroker.StartAsync(isShared: true);
        var postgres = isPostgres ? PostgresServer.Shared.NewDatabase() : null;
        var folder = Directory.CreateTempSubdirectory("actorstream-joins-").FullName;
        JoinPipeline[] joins = [Join("inner", isLeft: false), Join("left", isLeft: true)];
        foreach (var join in joins)
            await kafka.MakeTopicAsync(TopicOf(join), KafkaPartitions);
        await LocalCluster.RunAsync(output, 1, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await cluster.OpenStorageAsync(JoinTopics.Both, [.. joins.Select(j => j.Results)], TopicNames.Metrics);
            await AppendOnTimeAsync(storage, random);
            var before = joins.ToDictionary(j => j, j => j.Plain(storage));
            await Until.HoldsAsync(
                () => Task.FromResult(joins.All(j => Head(storage, j) == before[j].Rows.Count)), Patience, () => string.Join(", ", joins.Select(j => $"{j.Id}: {Head(storage, j)} of {before[j].Rows.Count} rows have come")));
            await AppendLateAsync(storage, random, [.. before[joins[1]].Rows.Values.Where(r => r.Right is null)]);
            await JoinTopics.AppendEndAsync(storage, _startMs + 600_000);
            var plain = joins.ToDictionary(j => j, j => j.Plain(storage));
            var stats = await new WindowDrain(cluster, storage, [.. joins.Select(j => j.Ending(plain[j]))]).RunAsync();
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));

            // Akka's own last words, which begin with [, come when the sinks have ended.
            Assert.All(cluster.Nodes[0].Output.Where(l => !l.StartsWith('[')), line => Assert.StartsWith("{\"window_id\":", line, StringComparison.Ordinal));
            foreach (var join in joins)
            {
                var topic = new JoinAudit(output, storage, folder).Check(join, plain[join], stats[join.Id]);
                var takenBack = before[join].Rows.Keys.Except(plain[join].Rows.Keys).Order().ToArray();
                Assert.Equal(join.IsLeft, takenBack.Length > 0);
                foreach (var (sink, rows) in new[] { ("topic", topic), ("console", new RowLog(join.Id, Printed(cluster, join))), ("kafka", new RowLog(join.Id, kafka.Committed(TopicOf(join), KafkaPartitions))) })
                {
                    JoinAudit.CompareRows($"{sink} of {join.Id}", plain[join].Rows, rows.Final);
                    Assert.Equal(takenBack, rows.Retracted.Order());
                    Assert.Equal(topic.Lines, rows.Lines);
                }
            }
        }, postgres, more:
        [
            "--topics", "kafka", "--kafka", kafka.Bootstrap, "--kafka-metrics-topic", $"metrics-{Guid.NewGuid():N}", "--kafka-rules-topic", $"rules-{Guid.NewGuid():N}",
            .. joins.SelectMany(j => new[] { "--pipeline", j.WriteIn(folder) }),
        ]);
        Directory.Delete(folder, recursive: true);
    }

    private int Seeded()
    {
        var seed = Setting.Of("ACTORSTREAM_SEED", Random.Shared.Next());
        output.WriteLine($"ACTORSTREAM_SEED={seed}");
        return seed;
    }

    private JoinPipeline Join(string id, bool isLeft)
    {
        var join = new JoinPipeline(id, isLeft, LatenessMs) { MoreNames = ["console", "kafka"] };
        return join with { MoreSinks = $", {{ type = console, name = console }}, {{ type = kafka, name = kafka, target = {TopicOf(join)} }}" };
    }

    private string TopicOf(JoinPipeline join) => $"{_topic}-{join.Id}";

    private static long Head(INodeStorage storage, JoinPipeline join) => storage.Topics.StateOf(join.Results, 0).Head;

    /// <summary>Events in order but for a little, and one in each partition behind them that lets all their windows fire.</summary>
    private async Task AppendOnTimeAsync(INodeStorage storage, Random random)
    {
        foreach (var (topic, count) in new[] { (JoinTopics.Orders, Orders), (JoinTopics.Payments, Payments) })
        {
            var events = Enumerable.Range(0, count).Select(i => (random.Next(JoinTopics.Partitions), new LoggedEvent($"k{random.Next(Keys)}", _startMs + ((long)i * SpanMs / count) + random.Next(DisorderMs), random.Next(-50, 100))));
            await JoinTopics.AppendAsync(storage, topic, events.Concat(Enumerable.Range(0, JoinTopics.Partitions).Select(p => (p, new LoggedEvent("mark", _startMs + (2 * SpanMs), 0)))));
        }
    }

    /// <summary>Payments that meet some of the orders that were said to be alone, and others of any key and time.</summary>
    private async Task AppendLateAsync(INodeStorage storage, Random random, IReadOnlyList<Joined> alone)
    {
        var met = alone.Where(_ => random.Next(4) == 0).Select(r => new LoggedEvent(r.Key, random.NextInt64(r.StartMs, r.EndMs), random.Next(-50, 100)));
        var others = Enumerable.Range(0, 100).Select(_ => new LoggedEvent($"k{random.Next(Keys)}", _startMs + random.Next(SpanMs), random.Next(-50, 100)));
        await JoinTopics.AppendAsync(storage, JoinTopics.Payments, met.Concat(others).Select(e => (random.Next(JoinTopics.Partitions), e)));
    }

    /// <summary>Rows of one pipeline that the node printed.</summary>
    private static IEnumerable<string> Printed(LocalCluster cluster, JoinPipeline join) => cluster.Nodes[0].Output.Where(l => l.Contains($"\"result_id\":\"{join.Id}/", StringComparison.Ordinal));
}
