using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Windows;

/// <summary>Waits until pipelines have said all they will say of a log that has ended.</summary>
/// <remarks>All events are committed, no window is held but those of the closing events, which stay open, and every sink has written its whole topic; for two seconds nothing more came.</remarks>
internal sealed class WindowDrain(LocalCluster cluster, INodeStorage storage, EventLoad load, IReadOnlyList<WindowPipeline> pipelines)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (long Head, DateTime Since)> _heads = [];

    /// <summary>By pipeline: <c>GET /pipelines/{id}/stats</c> at the end.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> RunAsync()
    {
        var stats = new Dictionary<string, JsonNode>();
        foreach (var pipeline in pipelines)
        {
            var open = pipeline.Plain(load.Closing).Windows.Count;
            await Until.HoldsAsync(async () => IsRead(pipeline) && await HoldsAsync(pipeline, open, stats), Patience, () =>
                $"{pipeline.Id}: read {IsRead(pipeline)}, {open} windows are to stay, and it says {stats.GetValueOrDefault(pipeline.Id)?.ToJsonString()}.");
        }
        foreach (var pipeline in pipelines)
            await Until.HoldsAsync(() => Task.FromResult(IsWritten(pipeline) && IsQuiet(pipeline)), Patience, () => $"{pipeline.Id}: not all of {Head(pipeline)} results are written.");
        return stats;
    }

    public static long Head(INodeStorage storage, WindowPipeline pipeline) => storage.Topics.StateOf(pipeline.Results, 0).Head;

    private long Head(WindowPipeline pipeline) => Head(storage, pipeline);

    private bool IsRead(WindowPipeline pipeline)
    {
        var rows = storage.Commits.RowsOf(pipeline.ReaderGroup);
        return Enumerable.Range(0, EventLoad.Partitions).All(p => rows.Any(r => r.Partition.Partition == p && r.Row.Position == storage.Topics.StateOf(EventLoad.Topic, p).Head));
    }

    private async Task<bool> HoldsAsync(WindowPipeline pipeline, int open, Dictionary<string, JsonNode> stats)
    {
        if (await cluster.Nodes[0].AskEdgeAsync($"/pipelines/{pipeline.Id}/stats") is not { } text)
            return false;
        var said = stats[pipeline.Id] = JsonNode.Parse(text)!;
        return (int)said["unknown_groups"]! == 0 && (long?)said["windows_active"] == open;
    }

    /// <summary>What the sinks hold for good; a file itself is locked while its sink has it open.</summary>
    private bool IsWritten(WindowPipeline pipeline) => pipeline.SinkGroups.All(g => storage.Commits.RowsOf(g).Sum(r => r.Row.Position) == Head(pipeline));

    private bool IsQuiet(WindowPipeline pipeline)
    {
        var head = Head(pipeline);
        if (!_heads.TryGetValue(pipeline.Id, out var seen) || seen.Head != head)
            _heads[pipeline.Id] = seen = (head, DateTime.UtcNow);
        return DateTime.UtcNow - seen.Since > Quiet;
    }
}
