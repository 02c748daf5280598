using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Which pipelines a stored state is of.</summary>
public static class StoredPipelines
{
    /// <summary>Those that the settings name: only by them the windows of a state can be folded.</summary>
    /// <param name="state">Names others too, by the ids of their key groups; those are known by name alone.</param>
    public static IReadOnlyList<PipelineSpec> Of(NodeSettings settings, IStateReader state)
    {
        _ = state;
        return settings.Pipelines;
    }

    /// <summary>Those that are known, and those whose key groups have stored something; in ordinal order.</summary>
    public static IReadOnlyList<string> Ids(IReadOnlyList<PipelineSpec> known, IStateReader state) =>
        [.. known.Select(p => p.Id).Union(state.PersistenceIds().Select(IdOf).OfType<string>()).Order(StringComparer.Ordinal)];

    /// <summary>Of the pipeline whose key group it is; null: it is of another type.</summary>
    public static string? IdOf(string persistenceId) => StoredEntity.Of(persistenceId).Pipeline;
}
