using System.Collections.Immutable;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Pipelines;

/// <summary>The part of a <see cref="PipelineUpdate"/> that is about windows. A window is the same one while its type, size, slide and gap are.</summary>
internal static class WindowUpdate
{
    public static IEnumerable<UpdateStep> Compare(WindowPlan before, WindowPlan after, ImmutableSortedDictionary<string, string> retired, string remedy)
    {
        var kept = new List<(int Was, int Now)>();
        for (var was = 0; was < before.Specs.Count; was++)
        {
            var now = IndexOf(after, before.Specs[was]);
            if (now >= 0)
                kept.Add((was, now));
            else
                yield return Removed(before, was, after, remedy);
        }
        foreach (var (was, now) in kept)
            foreach (var step in Kept(before, was, after, now, remedy))
                yield return step;
        if (kept.Select(k => k.Now).Zip(kept.Skip(1).Select(k => k.Now)).Any(k => k.First > k.Second))
            yield return new UpdateStep("windows", NamesOf(before, kept.Select(k => k.Was)), NamesOf(after, kept.Select(k => k.Now).Order()), UpdateEffect.Keeps, "Only their order.");
        for (var now = 0; now < after.Specs.Count; now++)
        {
            if (IndexOf(before, after.Specs[now]) < 0)
                yield return Added(after, now, retired, remedy);
        }
    }

    /// <summary>A window that comes back under its own name is safe: what it can have said had ended when it went, and stays closed.</summary>
    private static UpdateStep Added(WindowPlan after, int now, ImmutableSortedDictionary<string, string> retired, string remedy)
    {
        var (name, text) = (after.NameOf(now), TextOf(after.Specs[now]));
        return retired.OwnerOfName(after, now) is { } owner
            ? new UpdateStep(
                $"windows.{name}", owner, text, UpdateEffect.Refused,
                $"The name {name} was that of {owner}, which was removed, and results of both would have the same ids. {remedy} Or list {owner} before it: this one is then called {WindowPlan.FullName(after.Specs[now])}.")
            : new UpdateStep($"windows.{name}", "", text, UpdateEffect.Keeps, "It begins with the events that are read from here on.");
    }

    /// <summary>Another window under the name would give results with ids that are out already.</summary>
    private static UpdateStep Removed(WindowPlan before, int was, WindowPlan after, string remedy)
    {
        var name = before.NameOf(was);
        var heir = Enumerable.Range(0, after.Specs.Count).FirstOrDefault(i => after.NameOf(i) == name, -1);
        return heir >= 0
            ? new UpdateStep($"windows.{name}", TextOf(before.Specs[was]), TextOf(after.Specs[heir]), UpdateEffect.Refused, $"Results of both would have the same ids. {remedy}")
            : new UpdateStep($"windows.{name}", TextOf(before.Specs[was]), "", UpdateEffect.Drops, "What its open windows hold is lost.");
    }

    private static IEnumerable<UpdateStep> Kept(WindowPlan before, int was, WindowPlan after, int now, string remedy)
    {
        var (nameBefore, nameAfter) = (before.NameOf(was), after.NameOf(now));
        if (nameBefore != nameAfter)
        {
            yield return new UpdateStep(
                $"windows.{nameBefore}", nameBefore, nameAfter, UpdateEffect.Refused,
                $"The first window of a type is called by the type alone, and the name is part of every result's id. Keep the first of the type first. {remedy}");
        }
        var (from, to) = (before.Specs[was].AllowedLatenessMs, after.Specs[now].AllowedLatenessMs);
        if (from != to)
        {
            yield return new UpdateStep(
                $"windows.{nameBefore}.allowed_lateness_ms", $"{from}", $"{to}", UpdateEffect.Keeps,
                to > from ? "Windows that are closed already stay closed; the others wait longer." : "Windows that waited longer than this for late events close.");
        }
    }

    private static int IndexOf(WindowPlan plan, WindowSpec spec)
    {
        for (var i = 0; i < plan.Specs.Count; i++)
        {
            if (plan.Specs[i] with { AllowedLatenessMs = 0 } == spec with { AllowedLatenessMs = 0 })
                return i;
        }
        return -1;
    }

    private static string NamesOf(WindowPlan plan, IEnumerable<int> indexes) => string.Join(", ", indexes.Select(plan.NameOf));

    private static string TextOf(WindowSpec spec) => spec.Type switch
    {
        WindowType.Tumbling => $"tumbling {spec.SizeMs} ms",
        WindowType.Sliding => $"sliding {spec.SizeMs} ms by {spec.SlideMs} ms",
        _ => $"session with a gap of {spec.GapMs} ms",
    };
}
