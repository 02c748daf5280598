using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ActorStream.Hosting.Options;

namespace ActorStream.Benchmarks;

/// <summary>A node that holds a million open windows is killed and started again: how long until every key group answers with its windows.</summary>
internal static class WindowRecovery
{
    private const int Keys = 1_000_000;

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        var folder = Folders.Fresh();
        var (input, pipeline) = (Path.Combine(folder, "in.jsonl"), Path.Combine(folder, "recovery.conf"));
        await WriteAsync(input);
        await File.WriteAllTextAsync(pipeline, $$"""
            pipeline {
              id = recovery
              source { type = file, paths = ["{{input}}"] }
              key = entity
              time = ts
              windows = [{ type = tumbling, size_ms = 86400000 }]
            }
            """);
        await using var cluster = await ProcessCluster.StartAsync(1, "127.0.0.1:9", "on", [SettingsTable.Pipelines.Flag, pipeline]);
        await AllAnswerAsync(cluster.Http);
        await cluster.KillAsync();
        var started = Stopwatch.GetTimestamp();
        await cluster.RunAsync();
        await AllAnswerAsync(cluster.Http);
        var took = Stopwatch.GetElapsedTime(started);
        Directory.Delete(folder, recursive: true);
        return
        [
            new Row(
                $"recovery of {Keys:N0} open windows after kill -9, one node", $"**{took.TotalSeconds:0.0} s**",
                $"from the start of the process to the answers of all 64 key groups, which hold all {Keys:N0} windows; ready after {cluster.Ready.TotalSeconds:0.0} s; state.db FULL; {ProcessCluster.Program}"),
        ];
    }

    /// <summary>Until all events are committed and every group answers: together they hold one window for each key.</summary>
    private static async Task AllAnswerAsync(string http)
    {
        using var client = new HttpClient { BaseAddress = new Uri(http) };
        while (!await HoldAllAsync(client))
            await Task.Delay(10);
    }

    private static async Task<bool> HoldAllAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/pipelines/recovery/stats");
        if (answer.StatusCode != HttpStatusCode.OK)
            return false;
        using var stats = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var windows = stats.RootElement.GetProperty("windows_active");
        return stats.RootElement.GetProperty("unknown_groups").GetInt32() == 0 && stats.RootElement.GetProperty("events_processed").GetInt64() == Keys
            && windows.ValueKind == JsonValueKind.Number && windows.GetInt64() == Keys;
    }

    /// <summary>One event for each key.</summary>
    private static async Task WriteAsync(string path)
    {
        var random = new Random(7);
        await using var writer = new StreamWriter(path);
        for (var i = 0; i < Keys; i++)
            writer.Write($"{WindowThroughput.LineOf($"e{i:0000}", i, random)}\n");
    }
}
