using System.Collections.Immutable;
using System.Globalization;
using ActorStream.Domain.Records;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;

namespace ActorStream.Scenarios.Windows;

/// <summary>Three pipelines on three nodes that are killed under load; at the end their files say what plain loops over the log say.</summary>
/// <remarks><c>ACTORSTREAM_KILLS</c>: how often, 3 if not set; 20 is the long form. <c>ACTORSTREAM_EVENTS_PER_SECOND</c>: 25,000 if not set. <c>ACTORSTREAM_SEED</c>: repeats the choices of a run.</remarks>
public sealed class WindowKillTests(ITestOutputHelper output)
{
    private const int EventsPerSecondUsual = 25_000;
    private const int DelayMs = 2_000;
    private const long SizeMs = 10_000;
    private const long SlideMs = 4_000;
    private const long GapMs = 25;

    private static readonly string[] Pipelines = ["tumbling", "sliding", "sessions"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    [Fact]
    public async Task Windows_say_the_same_after_any_kill_as_a_plain_loop_over_the_log()
    {
        var (kills, seed) = (Setting("ACTORSTREAM_KILLS", 3), Setting("ACTORSTREAM_SEED", Random.Shared.Next()));
        output.WriteLine($"ACTORSTREAM_KILLS={kills} ACTORSTREAM_SEED={seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("actorstream-windows-").FullName;
        await LocalCluster.RunAsync(output, 3, "127.0.0.1:9", async cluster =>
        {
            await using var storage = await OpenAsync(cluster);
            await using var load = new EventLoad(storage, Setting("ACTORSTREAM_EVENTS_PER_SECOND", EventsPerSecondUsual), seed);
            load.Start();
            for (var kill = 0; kill < kills; kill++)
            {
                await GrowsAsync(storage, 2_000 + random.Next(2_000));
                await KillAndRestartAsync(cluster, cluster.Nodes[random.Next(3)], isDeclaredDead: random.Next(2) == 0);
            }
            await GrowsAsync(storage, 2_000);
            await load.StopAsync();
            output.WriteLine($"{load.Count} events");
            await DrainAsync(storage, load);
            Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
            Check(folder, load);
        }, more: [.. Pipelines.SelectMany(p => new[] { "--pipeline", Write(folder, p) })]);
        Directory.Delete(folder, recursive: true);
    }

    private void Check(string folder, EventLoad load)
    {
        var partitions = load.Appended;
        var results = Pipelines.ToDictionary(p => p, p => new ResultFile(OutputOf(folder, p)));
        Compare("tumbling", PlainWindows.Fixed(partitions, "tumbling", SizeMs, SizeMs, DelayMs), results["tumbling"]);
        Compare("sliding", PlainWindows.Fixed(partitions, "sliding", SizeMs, SlideMs, DelayMs), results["sliding"]);
        Compare("sessions", PlainWindows.Sessions(partitions, GapMs, DelayMs), results["sessions"]);
        // Without lateness a window of fixed size says something once.
        Assert.Equal(results["tumbling"].Final.Count, results["tumbling"].Lines);
        Assert.Equal(results["sliding"].Final.Count, results["sliding"].Lines);
    }

    private void Compare(string pipeline, (Dictionary<string, Said> Windows, long Late) expected, ResultFile file)
    {
        var final = file.Final;
        output.WriteLine($"{pipeline}: {expected.Windows.Count} windows due, {final.Count} in the file in {file.Lines} lines, {expected.Late} events late");
        var missing = expected.Windows.Keys.Where(id => !final.ContainsKey(id)).Take(5).ToList();
        var foreign = final.Keys.Where(id => !expected.Windows.ContainsKey(id)).Take(5).ToList();
        var other = expected.Windows.Where(w => final.TryGetValue(w.Key, out var said) && said != w.Value).Take(5).Select(w => $"{w.Key}: {final[w.Key]} instead of {w.Value}").ToList();
        Assert.True(missing.Count + foreign.Count + other.Count == 0, $"{pipeline}: missing {string.Join(", ", missing)}; foreign {string.Join(", ", foreign)}; other {string.Join("; ", other)}");
        Assert.True(expected.Late > 0, "The load holds late events.");
    }

    /// <summary>Every event is committed and everything in the results topics is in the files, and nothing more comes: the last windows, those of the events that closed all others, stay open.</summary>
    private async Task DrainAsync(INodeStorage storage, EventLoad load)
    {
        var last = load.Appended.SelectMany(p => p.TakeLast(1)).Min(e => e.TimeMs);
        await Until.HoldsAsync(() => Task.FromResult(Pipelines.All(p => IsRead(storage, p) && Written(storage, p) == Head(storage, p) && HasEnded(storage, p))), Patience, () =>
            string.Join("; ", Pipelines.Select(p => $"{p}: read {IsRead(storage, p)}, {Written(storage, p)} of {Head(storage, p)} results written")) + $" (last event {last})");
        // The windows of the closing events alone are open: they are no part of the comparison.
        foreach (var partition in load.Appended)
            partition.RemoveAt(partition.Count - 1);
    }

    private static bool IsRead(INodeStorage storage, string pipeline) =>
        Enumerable.Range(0, EventLoad.Partitions).All(p => storage.Commits.RowsOf($"pipeline.{pipeline}").Any(r => r.Partition.Partition == p && r.Row.Position == storage.Topics.StateOf(EventLoad.Topic, p).Head));

    private readonly Dictionary<string, (long Head, DateTime Since)> _heads = [];

    /// <summary>Groups are ticked each second: what has not come five seconds after the last commit does not come.</summary>
    private bool HasEnded(INodeStorage storage, string pipeline)
    {
        var head = Head(storage, pipeline);
        if (!_heads.TryGetValue(pipeline, out var seen) || seen.Head != head)
            _heads[pipeline] = seen = (head, DateTime.UtcNow);
        return DateTime.UtcNow - seen.Since > TimeSpan.FromSeconds(8);
    }

    private static long Head(INodeStorage storage, string pipeline) => storage.Topics.StateOf($"results.{pipeline}", 0).Head;

    /// <summary>What the file holds for good; the file itself is locked while its sink has it open.</summary>
    private static long Written(INodeStorage storage, string pipeline) => storage.Commits.RowsOf($"sink.{pipeline}.out").Sum(r => r.Row.Position);

    private static Task GrowsAsync(INodeStorage storage, long results)
    {
        var until = Head(storage, "tumbling") + Head(storage, "sliding") + results;
        return Until.HoldsAsync(() => Task.FromResult(Head(storage, "tumbling") + Head(storage, "sliding") >= until), Patience, () => $"{results} further results have not come.");
    }

    private async Task KillAndRestartAsync(LocalCluster cluster, NodeProcess victim, bool isDeclaredDead)
    {
        output.WriteLine($"kill -9 of node {victim.Number}, restart {(isDeclaredDead ? "after the others declared it dead" : "at once")}");
        await victim.KillAsync();
        if (isDeclaredDead)
            await Until.HoldsAsync(() => cluster.IsRemovedAsync(victim), TimeSpan.FromSeconds(60), () => $"Node {victim.Number} is still a member.");
        victim.Start();
        await victim.ReadyAsync();
    }

    private static Task<SqliteStorage> OpenAsync(LocalCluster cluster) => SqliteStorage.OpenAsync(
        new StorageOptions(cluster.DataFolder, LocalCluster.Name, StateSurvivesPowerLoss: false, MetricPartitions: 4)
        {
            MoreTopics = Pipelines.ToImmutableDictionary(p => $"results.{p}", _ => 1).Add(EventLoad.Topic, EventLoad.Partitions),
            InternalTopics = [TopicNames.Alarms, .. Pipelines.Select(p => $"results.{p}")],
        }, TimeProvider.System);

    private static string OutputOf(string folder, string pipeline) => Path.Combine(folder, $"{pipeline}.jsonl");

    private static string Write(string folder, string pipeline)
    {
        var window = pipeline switch
        {
            "tumbling" => $"{{ type = tumbling, size_ms = {SizeMs} }}",
            "sliding" => $"{{ type = sliding, size_ms = {SizeMs}, slide_ms = {SlideMs} }}",
            _ => $"{{ type = session, gap_ms = {GapMs} }}",
        };
        var path = Path.Combine(folder, $"{pipeline}.conf");
        File.WriteAllText(path, $$"""
            pipeline {
              id = {{pipeline}}
              source { type = topic, topic = {{EventLoad.Topic}} }
              windows = [{{window}}]
              watermark { delay_ms = {{DelayMs}}, idle_timeout_ms = 600000 }
              sinks = [{ type = file, name = out, target = "{{OutputOf(folder, pipeline)}}" }]
              key_groups = 16
            }
            """);
        return path;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
