using System.Collections.Immutable;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Pipelines;

/// <summary>Names of windows that a pipeline has no more, each with the window that had it: <see cref="WindowPlan.NameOf"/> to <see cref="WindowPlan.FullName"/>, as <c>tumbling</c> to <c>tumbling-10000</c>.
/// Ids of results hold the name, so another window under it would give ids that are out already.</summary>
public static class RetiredNames
{
    public static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Also those that go with a change. A name that carries its size is not kept: no other window can get it, so there is at most one of each type.</summary>
    public static ImmutableSortedDictionary<string, string> With(this ImmutableSortedDictionary<string, string> retired, WindowPlan before, WindowPlan after)
    {
        var stay = after.Specs.Select(WindowPlan.FullName).ToHashSet(StringComparer.Ordinal);
        return retired.SetItems(before.Specs
            .Select((spec, i) => KeyValuePair.Create(before.NameOf(i), WindowPlan.FullName(spec)))
            .Where(window => window.Key != window.Value && !stay.Contains(window.Value)));
    }

    /// <summary>The window that had this window's name; null: nobody but itself.</summary>
    internal static string? OwnerOfName(this ImmutableSortedDictionary<string, string> retired, WindowPlan plan, int window) =>
        retired.TryGetValue(plan.NameOf(window), out var owner) && owner != WindowPlan.FullName(plan.Specs[window]) ? owner : null;
}
