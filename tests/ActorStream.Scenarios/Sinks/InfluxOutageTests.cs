using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;

namespace ActorStream.Scenarios.Sinks;

/// <summary>A real InfluxDB that is away for a while, under a node whose pipeline goes on.</summary>
/// <remarks><c>ACTORSTREAM_OUTAGE_SECONDS</c>: how long, 10 if not set; 60 is the long form.</remarks>
public sealed class InfluxOutageTests(ITestOutputHelper output)
{
    private const string Sink = "sink.p.influx";
    private const int ResultsBefore = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [SkippableFact]
    public async Task Results_wait_in_their_topic_while_InfluxDB_is_away_and_are_all_there_once_afterwards_and_no_other_sink_waits()
    {
        var seconds = Environment.GetEnvironmentVariable("ACTORSTREAM_OUTAGE_SECONDS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 10;
        await using var influx = await InfluxServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("actorstream-outage-").FullName;
        var pipeline = WindowPipeline.Tumbling with { Id = "p", MoreSinks = $", {{ type = influxdb, name = influx, target = \"{influx.Target}\" }}" };
        await LocalCluster.RunAsync(output, 1, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await WindowPipeline.OpenAsync(cluster, [pipeline]);
            await using var load = new EventLoad(storage, perSecond: 5_000, seed: 3);
            long Taken(string sink) => storage.Commits.RowsOf(sink).Sum(r => r.Row.Position);
            load.Start();
            await Until.HoldsAsync(() => Task.FromResult(Taken(Sink) > ResultsBefore), Patience, () => $"InfluxDB has {Taken(Sink)} results.");

            await influx.KillAsync();
            var (since, taken) = (Stopwatch.StartNew(), Taken(Sink));
            await Until.HoldsAsync(
                async () => since.Elapsed.TotalSeconds >= seconds && await LagAsync(cluster) > ResultsBefore && pipeline.SinkGroups.All(s => Taken(s) > taken + ResultsBefore), Patience + TimeSpan.FromSeconds(seconds),
                () => $"While InfluxDB is away: {string.Join(", ", pipeline.SinkGroups.Append(Sink).Select(s => $"{s} {Taken(s)}"))}, of {WindowDrain.Head(storage, pipeline)}.");
            output.WriteLine($"away for {since.Elapsed.TotalSeconds:0} s: {await LagAsync(cluster)} results wait, {Taken(Sink)} are taken");
            var takenWhileAway = Taken(Sink);
            await influx.StartAgainAsync();
            await load.StopAsync();
            await new WindowDrain(cluster, storage, load, [pipeline]).RunAsync();
            await Until.HoldsAsync(async () => await LagAsync(cluster) == 0, Patience, () => "Results still wait.");

            // The chunk that was under way when it was killed may still have been taken.
            Assert.True(takenWhileAway - taken < ResultsBefore, $"{taken} results were taken before the outage, {takenWhileAway} during it.");
            var (points, written) = (await InfluxPoints.InAsync(influx), InfluxPoints.InFile(await StoppedAsync(cluster, pipeline.OutputIn(folder))));
            Assert.Equal(written.OrderBy(r => r.Key), points.OrderBy(r => r.Key));
        }, more: ["--pipeline", pipeline.WriteIn(folder), "--influxdb-token", InfluxServer.Token]);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As <c>pbm sources show</c> says it.</summary>
    private static async Task<long?> LagAsync(LocalCluster cluster) =>
        await cluster.AskAnyAsync("/pbm/sources") is JsonArray sources ? (long?)sources.SingleOrDefault(s => (string?)s!["group"] == Sink)?["lag"] : null;

    /// <summary>While the node runs the file is locked.</summary>
    private static async Task<string> StoppedAsync(LocalCluster cluster, string file)
    {
        Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
        return file;
    }
}
