using System.Text.Json.Serialization;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Pipelines;

/// <summary>The member <c>stats</c> of <c>GET /status</c>, over all pipelines and nodes; uptime and memory are this node's own.</summary>
internal sealed record StatusStats(
    double UptimeSeconds, EventSums Events, WindowSums Windows, ThroughputView Throughput, LatencyView LatencyMs, double MemoryUsageMb, IReadOnlyDictionary<string, PipelineStatus> Pipelines)
{
    private const double BytesPerMb = 1 << 20;

    public static async Task<StatusStats> OfAsync(IPipelineFacade node, CancellationToken cancel)
    {
        var all = node.All;
        var activity = all.Count == 0 ? [] : await node.ActivityAsync(cancel);
        var figures = await Task.WhenAll(all.Select(p => PipelineFigures.OfAsync(node, p.Spec, cancel)));
        return new StatusStats(
            node.Uptime.TotalSeconds, EventSums.Of(figures.Sum(f => f.Processed), figures.Sum(f => f.Failed)), WindowSums.Of([.. figures.Select(f => f.Windows)]),
            ThroughputView.Of(activity), LatencyView.Of([.. activity.SelectMany(a => a.DurationsMs).Order()]), Environment.WorkingSet / BytesPerMb,
            all.Zip(figures, (p, f) => (p.Spec.Id, Status: PipelineStatus.Of(f, activity.FirstOrDefault(a => a.PipelineId == p.Spec.Id)) with { Detail = p.Trouble })).ToDictionary(p => p.Id, p => p.Status));
    }
}

/// <param name="Processed">Read and handed to their windows, since the pipeline was made.</param>
/// <param name="Failed">Could not be read; each is a dead letter.</param>
/// <param name="SuccessRate">From 0 to 1; 1 while there was no event.</param>
internal sealed record EventSums(long Processed, long Failed, double SuccessRate)
{
    public static EventSums Of(long processed, long failed) => new(processed, failed, processed + failed == 0 ? 1 : (double)processed / (processed + failed));
}

/// <summary>Events committed per second, over the whole seconds of the last minute from the first with an event on.</summary>
internal sealed record ThroughputView(double Min, double Max, double Avg)
{
    public static ThroughputView Of(IReadOnlyList<PipelineActivityView> activity)
    {
        var seconds = activity.Select(a => a.PerSecond.Count).DefaultIfEmpty(0).Max();
        if (seconds == 0)
            return new ThroughputView(0, 0, 0);
        // All lists end at the same second.
        var sums = Enumerable.Range(1, seconds).Select(back => activity.Where(a => a.PerSecond.Count >= back).Sum(a => a.PerSecond[^back])).ToArray();
        return new ThroughputView(sums.Min(), sums.Max(), sums.Average());
    }
}

/// <summary>From the arrival of the event that closed a window to its result in a sink (without sinks: of a chunk of events to its commit); the latest of every node. Null: there was none.</summary>
internal sealed record LatencyView(double? Min, double? Max, double? Avg, double? P50, double? P95, double? P99)
{
    /// <param name="ascending">Milliseconds.</param>
    public static LatencyView Of(IReadOnlyList<double> ascending) => ascending.Count == 0
        ? new LatencyView(null, null, null, null, null, null)
        : new LatencyView(ascending[0], ascending[^1], ascending.Average(), At(ascending, 0.50), At(ascending, 0.95), At(ascending, 0.99));

    /// <summary>Nearest rank.</summary>
    private static double At(IReadOnlyList<double> ascending, double quantile) => ascending[Math.Max(0, (int)Math.Ceiling(quantile * ascending.Count) - 1)];
}

/// <param name="WindowsActive">Null: a group did not answer.</param>
/// <param name="LastActivity">Its last commit; null: unknown, or none since its nodes started.</param>
internal sealed record PipelineStatus(long EventsProcessed, long EventsFailed, long? WindowsActive, DateTimeOffset? LastActivity)
{
    /// <summary>Why its source cannot be read; null: nothing is known to be wrong with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    public static PipelineStatus Of(PipelineFigures figures, PipelineActivityView? activity) =>
        new(figures.Processed, figures.Failed, figures.Windows?.Active, activity?.LastMs is { } ms ? Reply.Time(ms) : null);
}

/// <summary><c>GET /pipelines/{id}/stats</c>. Books: in = on time + late accepted + late rejected + refused.</summary>
/// <param name="HeldRecords">Not yet committed: the retention keeps them, also while the pipeline is stopped; null: only its readers know.</param>
/// <param name="UnknownGroups">Key groups that did not answer; what they count is missing in <paramref name="Books"/>.</param>
/// <param name="Blocked">Records that wait at a bound.</param>
internal sealed record PipelineStatsView(
    string PipelineId, bool Running, long EventsProcessed, long EventsFailed, long? WindowsActive, DateTimeOffset? LastActivity,
    WindowSums Windows, EventBooks Books, long? HeldRecords, int UnknownGroups, IReadOnlyList<string> Blocked)
{
    public static PipelineStatsView Of(PipelineView pipeline, PipelineFigures figures, PipelineActivityView? activity)
    {
        var status = PipelineStatus.Of(figures, activity);
        var g = figures.Groups;
        return new PipelineStatsView(
            pipeline.Spec.Id, pipeline.IsRunning, status.EventsProcessed, status.EventsFailed, status.WindowsActive, status.LastActivity, figures.Windows ?? WindowSums.Unknown,
            new EventBooks(g.Sum(x => x.In), g.Sum(x => x.OnTime), g.Sum(x => x.LateAccepted), g.Sum(x => x.LateRejected), g.Sum(x => x.Refused), g.Sum(x => x.Rejections)),
            figures.Partitions.All(p => p.Held is not null) ? figures.Partitions.Sum(p => p.Held) : null, pipeline.Spec.KeyGroups - g.Count, [.. g.Select(x => x.Blocked).OfType<string>()]);
    }
}

/// <param name="Rejections">Of an event by a window; an event that another window took is among them.</param>
internal sealed record EventBooks(long In, long OnTime, long LateAccepted, long LateRejected, long Refused, long Rejections);
