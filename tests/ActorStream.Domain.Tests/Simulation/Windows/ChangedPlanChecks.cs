using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What must be true at the end of a world whose plan changed: results, letters and books, each as the rules of ADR 014 say.</summary>
/// <param name="watermark">How far time has come.</param>
internal sealed class ChangedPlanChecks(WindowWorld world, long watermark)
{
    private readonly Dictionary<string, List<WindowResult>> _results = world.Results
        .SelectMany(p => p.Records).Select(r => (WindowResult)r.Output).GroupBy(r => r.ResultId).ToDictionary(g => g.Key, g => g.ToList());

    /// <returns>All windows that took an event, by a plain loop.</returns>
    public IReadOnlyList<TakenWindow> Check()
    {
        CheckNames();
        CheckLetters();
        foreach (var (id, revisions) in _results)
            CheckRevisions(id, revisions);
        var taken = world.FixedGroups.SelectMany(g => new ChangedPlanLoop(world, g).Windows(watermark)).ToList();
        foreach (var window in taken.Where(w => w.IsDue))
            CheckContent(window);
        CheckNothingElse(taken);
        return taken;
    }

    private void CheckNothingElse(List<TakenWindow> taken)
    {
        var due = taken.Where(w => w.IsDue).Select(w => w.Id).ToHashSet();
        foreach (var (id, revisions) in _results)
        {
            var last = revisions[^1];
            if (!last.IsRetracted && !due.Contains(id) && !taken.Any(w => IsPartOf(last, w)))
                throw new BrokenPromiseException($"{id} was never a window, or its time has not come: {last}");
        }
    }

    /// <summary>A name means one window, for ever.</summary>
    private void CheckNames()
    {
        var owners = new Dictionary<string, string>();
        foreach (var plan in world.Plans.All.Select(p => p.Windows))
        {
            for (var i = 0; i < plan.Specs.Count; i++)
            {
                var (name, window) = (plan.NameOf(i), WindowPlan.FullName(plan.Specs[i]));
                if (owners.TryGetValue(name, out var owner) && owner != window)
                    throw new BrokenPromiseException($"the name {name} was that of {owner} and is that of {window}");
                owners[name] = window;
            }
        }
    }

    /// <summary>A letter too many is one that an incarnation wrote which did not live to write its event: of another change, or by the watermark of another reader.</summary>
    private void CheckLetters()
    {
        var ledgers = world.FixedGroups.Select(g => (WindowLedger)world.Checks.Recovered(g).Logic).ToList();
        var versions = ledgers.SelectMany(l => l.Judged).ToDictionary(j => (j.Partition, j.Offset), j => j.Version);
        var expected = ledgers.SelectMany(l => l.Late).Select(l => (l.Partition, l.Offset, l.Spec, Version: versions[(l.Partition, l.Offset)])).ToHashSet();
        foreach (var missing in expected.Except(world.Letters.Ids))
            throw new BrokenPromiseException($"{missing} was rejected without a letter");
        foreach (var letter in world.Letters.Ids.Except(expected))
        {
            var source = world.Source.First(s => s.Id == letter.Partition);
            if (letter.Version == versions[(letter.Partition, letter.Offset)] && source.Watermarks.Where(w => w.Key.Offset == letter.Offset).Select(w => w.Value).Distinct().Count() == 1)
                throw new BrokenPromiseException($"{letter} has a letter and was not rejected");
        }
    }

    private void CheckRevisions(string id, List<WindowResult> revisions)
    {
        if (!revisions.Select(r => r.Revision).SequenceEqual(Enumerable.Range(0, revisions.Count)))
            throw new BrokenPromiseException($"{id} has the revisions [{string.Join(' ', revisions.Select(r => r.Revision))}]");
        if (revisions.SkipLast(1).Any(r => r.IsRetracted))
            throw new BrokenPromiseException($"{id} was said again after it was retracted: {revisions[^1]}");
        if (revisions.Count > 1 && world.Windows.Plan.Emit == EmitMode.Final)
            throw new BrokenPromiseException($"{id} was revised, though nothing may change it: {revisions[^1]}");
    }

    private void CheckContent(TakenWindow window)
    {
        if (!_results.TryGetValue(window.Id, out var revisions))
        {
            if (window.IsSaid)
                throw new BrokenPromiseException($"{window.Id} was not said; it holds {window.Events.Count} events");
            return;
        }
        var last = revisions[^1];
        var values = window.Events.Select(e => e.Value).ToList();
        var expected = (window.EndMs, values.Count, values.Sum(), values.Min(), values.Max());
        var isSo = !last.IsRetracted && (last.EndMs, (int)last.Data.Count, last.Data.Sum, last.Data.Min, last.Data.Max) == expected;
        if (!isSo && !IsPartOf(last, window))
            throw new BrokenPromiseException($"{window.Id} finally says {last}, expected {expected}");
    }

    /// <summary>A session that has grown since, and that was removed, or whose time has not come again.</summary>
    private static bool IsPartOf(WindowResult last, TakenWindow window) => !window.IsSaid && window.Type == WindowType.Session && last.Type == WindowType.Session
        && window.Id.StartsWith($"{last.PipelineId}/{last.WindowName}_{last.Key}_", StringComparison.Ordinal) && window.StartMs <= last.StartMs && last.EndMs <= window.EndMs;
}
