using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What the results topic finally says, compared with windows that were computed one by one.</summary>
/// <param name="watermark">How far time has come; no window that ends later has fired.</param>
internal sealed class ResultChecks(WindowWorld world, long watermark)
{
    private readonly Dictionary<string, List<WindowResult>> _results = world.Results
        .SelectMany(p => p.Records).Select(r => (WindowResult)r.Output).GroupBy(r => r.ResultId).ToDictionary(g => g.Key, g => g.ToList());

    private WindowPlan Plan => world.Windows.Plan;

    public void Check(IReadOnlyList<Logged> judged)
    {
        foreach (var (id, revisions) in _results)
            CheckRevisions(id, revisions);
        var windows = new SlowWindows(Plan, judged).Windows;
        var said = new HashSet<string>();
        foreach (var (window, events) in windows)
        {
            var id = $"{Plan.PipelineId}/{Plan.NameOf(window.Spec)}_{window.Key}_{window.Start}";
            if (DueOf(window.Spec, window.End) > watermark)
                continue;
            said.Add(id);
            CheckContent(id, window.End, events);
        }
        foreach (var (id, revisions) in _results)
        {
            if (!said.Contains(id) && !MayStand(revisions[^1], windows.Keys))
                throw new BrokenPromiseException($"{id} was never a window, or its time has not come: {revisions[^1]}");
        }
    }

    private long DueOf(int spec, long end) => end + (Plan.Emit == EmitMode.Final ? Plan.Specs[spec].AllowedLatenessMs + Plan.Specs[spec].GapMs : 0);

    private void CheckRevisions(string id, List<WindowResult> revisions)
    {
        for (var i = 0; i < revisions.Count; i++)
        {
            if (revisions[i].Revision != i)
                throw new BrokenPromiseException($"{id} has the revisions [{string.Join(' ', revisions.Select(r => r.Revision))}]");
        }
        var spec = Plan.Specs[revisions[0].Spec];
        // A session may grow after it fired even by events that are on time.
        if (revisions.Count > 1 && (Plan.Emit == EmitMode.Final || (spec.AllowedLatenessMs == 0 && spec.Type != WindowType.Session)))
            throw new BrokenPromiseException($"{id} was revised, though nothing may change it: {revisions[^1]}");
    }

    private void CheckContent(string id, long end, List<Logged> events)
    {
        if (!_results.TryGetValue(id, out var revisions))
            throw new BrokenPromiseException($"{id} was not said; it holds {events.Count} events");
        var last = revisions[^1];
        var expected = (end, events.Count, events.Sum(e => e.Value), events.Min(e => e.Value), events.Max(e => e.Value));
        if (last.IsRetracted || (last.EndMs, (int)last.Data.Count, last.Data.Sum, last.Data.Min, last.Data.Max) != expected)
            throw new BrokenPromiseException($"{id} finally says {last}, expected {expected}");
    }

    /// <summary>Retracted; or a session that has grown since and whose time has not come again.</summary>
    private bool MayStand(WindowResult last, IEnumerable<(int Spec, string Key, long Start, long End)> windows) => last.IsRetracted
        || (last.Type == WindowType.Session && windows.Any(w =>
            w.Spec == last.Spec && w.Key == last.Key && w.Start <= last.StartMs && last.EndMs <= w.End && DueOf(w.Spec, w.End) > watermark));
}
