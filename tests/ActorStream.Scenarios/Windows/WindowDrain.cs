using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Windows;

/// <summary>A pipeline over topics that have ended.</summary>
/// <param name="Topics">Its sources, of <see cref="EventLoad.Partitions"/> partitions each.</param>
/// <param name="ReaderGroup">Of its sources.</param>
/// <param name="Results">Topic of its results.</param>
/// <param name="SinkGroups">Of all its sinks.</param>
/// <param name="Open">Windows that stay open because nothing comes behind them.</param>
internal sealed record Ending(string Id, IReadOnlyList<string> Topics, string ReaderGroup, string Results, IReadOnlyList<string> SinkGroups, int Open);

/// <summary>Waits until pipelines have said all they will say of a log that has ended.</summary>
/// <remarks>All events are committed, no window is held but those of the closing events, which stay open, and every sink has written its whole topic; for two seconds nothing more came.</remarks>
internal sealed class WindowDrain(LocalCluster cluster, INodeStorage storage, IReadOnlyList<Ending> pipelines)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (long Head, DateTime Since)> _heads = [];

    public WindowDrain(LocalCluster cluster, INodeStorage storage, EventLoad load, IReadOnlyList<WindowPipeline> pipelines)
        : this(cluster, storage, [.. pipelines.Select(p => new Ending(p.Id, [EventLoad.Topic], p.ReaderGroup, p.Results, p.SinkGroups, p.Plain(load.Closing).Windows.Count))])
    {
    }

    /// <summary>By pipeline: <c>GET /pipelines/{id}/stats</c> at the end.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> RunAsync()
    {
        var stats = new Dictionary<string, JsonNode>();
        foreach (var pipeline in pipelines)
        {
            await Until.HoldsAsync(async () => IsRead(pipeline) && await HoldsAsync(pipeline, stats), Patience, () =>
                $"{pipeline.Id}: read {IsRead(pipeline)}, {pipeline.Open} windows are to stay, and it says {stats.GetValueOrDefault(pipeline.Id)?.ToJsonString()}.");
        }
        foreach (var pipeline in pipelines)
            await Until.HoldsAsync(() => Task.FromResult(IsWritten(pipeline) && IsQuiet(pipeline)), Patience, () => $"{pipeline.Id}: not all of {Head(pipeline)} results are written.");
        return stats;
    }

    public static long Head(INodeStorage storage, WindowPipeline pipeline) => storage.Topics.StateOf(pipeline.Results, 0).Head;

    private long Head(Ending pipeline) => storage.Topics.StateOf(pipeline.Results, 0).Head;

    private bool IsRead(Ending pipeline)
    {
        var rows = storage.Commits.RowsOf(pipeline.ReaderGroup);
        return pipeline.Topics.All(t => Enumerable.Range(0, EventLoad.Partitions).All(
            p => rows.Any(r => r.Partition.Topic == t && r.Partition.Partition == p && r.Row.Position == storage.Topics.StateOf(t, p).Head)));
    }

    private async Task<bool> HoldsAsync(Ending pipeline, Dictionary<string, JsonNode> stats)
    {
        if (await cluster.Nodes[0].AskEdgeAsync($"/pipelines/{pipeline.Id}/stats") is not { } text)
            return false;
        var said = stats[pipeline.Id] = JsonNode.Parse(text)!;
        return (int)said["unknown_groups"]! == 0 && (long?)said["windows_active"] == pipeline.Open;
    }

    /// <summary>What the sinks hold for good; a file itself is locked while its sink has it open.</summary>
    private bool IsWritten(Ending pipeline) => pipeline.SinkGroups.All(g => storage.Commits.RowsOf(g).Sum(r => r.Row.Position) == Head(pipeline));

    private bool IsQuiet(Ending pipeline)
    {
        var head = Head(pipeline);
        if (!_heads.TryGetValue(pipeline.Id, out var seen) || seen.Head != head)
            _heads[pipeline.Id] = seen = (head, DateTime.UtcNow);
        return DateTime.UtcNow - seen.Since > Quiet;
    }
}
