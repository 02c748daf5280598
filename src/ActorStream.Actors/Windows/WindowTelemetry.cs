using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorStream.Domain.Windows;

namespace ActorStream.Actors.Windows;

/// <summary>What the window groups of this node say of their windows (names of compatibility.md section 2). Counted when it is in the journal: a crash counts nothing twice.</summary>
public sealed class WindowTelemetry
{
    private readonly ConcurrentDictionary<string, (string Pipeline, long Active)> _active = new();
    private readonly Counter<long> _created;
    private readonly Counter<long> _completed;
    private readonly Histogram<long> _sizes;

    internal WindowTelemetry(Meter meter)
    {
        _created = meter.CreateCounter<long>("stream_windows_created", description: "Windows that got a first event.");
        _completed = meter.CreateCounter<long>("stream_windows_completed", description: "Windows that gave their first result.");
        _sizes = meter.CreateHistogram(
            "stream_window_size_events", unit: null, "Events of a window when it gave its first result.",
            tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] });
        meter.CreateObservableGauge("stream_active_windows", ActiveByPipeline, description: "Windows that are open, or fired and still able to change, of the key groups on this node.");
    }

    /// <summary>How many windows a group holds now.</summary>
    internal void Holds(string entityId, string pipeline, WindowBooks books) => _active[entityId] = (pipeline, books.Specs.Sum(s => s.Active));

    /// <summary>The group lives elsewhere from now on, or nowhere.</summary>
    internal void Gone(string entityId) => _active.TryRemove(entityId, out _);

    internal void Counted(WindowPlan plan, WindowBooks before, WindowBooks now)
    {
        for (var i = 0; i < plan.Specs.Count; i++)
        {
            var labels = Labels(plan, i);
            _created.Add(now.Specs[i].Created - before.Specs[i].Created, labels);
            _completed.Add(now.Specs[i].Completed - before.Specs[i].Completed, labels);
        }
    }

    internal void Fired(WindowPlan plan, WindowResult first) => _sizes.Record(first.Data.Count, Labels(plan, first.Spec));

    private static KeyValuePair<string, object?>[] Labels(WindowPlan plan, int spec) =>
        [new("pipeline_id", plan.PipelineId), new("window_type", plan.Specs[spec].Type.ToString().ToLowerInvariant())];

    private IEnumerable<Measurement<long>> ActiveByPipeline() =>
        _active.Values.GroupBy(a => a.Pipeline).Select(g => new Measurement<long>(g.Sum(a => a.Active), new KeyValuePair<string, object?>("pipeline_id", g.Key)));
}
