using System.Text.Json;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Windows;

/// <summary>One log, read by one node and by three, at three intervals of checkpoints: what the windows finally say is the same to the last bit, and so is what came late. No partition is idle.</summary>
[Collection(Alone.Name)]
public sealed class DeterminismTests(ITestOutputHelper output)
{
    private const int Events = 40_000;
    private const int Seed = 11;
    private const long StartMs = 1_764_000_000_000;

    private static readonly int[] CheckpointsMs = [100, 1_000, 5_000];

    /// <summary>Aggregates whose bits could depend on an order are all among them.</summary>
    private static readonly WindowPipeline[] Pipelines =
    [
        .. from kind in new[] { WindowPipeline.Tumbling, WindowPipeline.Sliding, WindowPipeline.Sessions }
           from checkpointMs in CheckpointsMs
           select kind with { Id = $"{kind.Id}-{checkpointMs}", CheckpointMs = checkpointMs, Aggregates = "last, stddev, distinct, quantiles" },
    ];

    [Fact]
    public async Task One_log_gives_the_same_final_results_on_one_node_and_on_three_and_at_any_interval_of_checkpoints()
    {
        var one = await RunAsync(nodes: 1);
        var three = await RunAsync(nodes: 3);

        foreach (var kind in Pipelines.GroupBy(p => p.Id.Split('-')[0]))
        {
            var first = one[kind.First().Id];
            Assert.NotEmpty(first);
            Assert.All(kind, p => Assert.Equal(first, one[p.Id]));
            Assert.All(kind, p => Assert.Equal(first, three[p.Id]));
        }
    }

    /// <summary>By pipeline: every window id with what it finally says, as it is written, in the order of the ids; the books are compared at once.</summary>
    private async Task<Dictionary<string, string[]>> RunAsync(int nodes)
    {
        var folder = Directory.CreateTempSubdirectory("actorstream-determinism-").FullName;
        var said = new Dictionary<string, string[]>();
        EventLoad? load = null;
        await LocalCluster.RunAsync(output, nodes, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await WindowPipeline.OpenAsync(cluster, Pipelines);
            var stats = await new WindowDrain(cluster, storage, load!, Pipelines).RunAsync();
            foreach (var pipeline in Pipelines)
            {
                var plain = pipeline.Plain(load!.Appended);
                said[pipeline.Id] = Final(TopicLog.Read(storage.Topics, pipeline.Results));
                Assert.Equal(plain.Windows.Count, said[pipeline.Id].Length);
                WindowAudit.CompareBooks(plain.Books, stats[pipeline.Id]["books"]!);
            }
            output.WriteLine($"{nodes} nodes: {string.Join(", ", said.Select(s => $"{s.Key} {s.Value.Length}"))}");
        }, before: async cluster =>
        {
            await using var storage = await WindowPipeline.OpenAsync(cluster, Pipelines);
            load = new EventLoad(storage, perSecond: 25_000, Seed) { HasFractions = true, StartMs = StartMs };
            await load.FillAsync(Events);
        }, more: [.. Pipelines.SelectMany(p => new[] { "--pipeline", p.WriteIn(folder) })]);
        await load!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        return said;
    }

    private static string[] Final(IEnumerable<TopicRecord> results)
    {
        var last = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var result in results)
        {
            var line = JsonDocument.Parse(result.Value).RootElement;
            var id = line.GetProperty("window_id").GetString()!;
            if (line.TryGetProperty("retracted", out _))
                last.Remove(id);
            else
                last[id] = $"{id} {line.GetProperty("window_start")} {line.GetProperty("window_end")} {line.GetProperty("data").GetRawText()}";
        }
        return [.. last.Values];
    }
}
