using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Which pipelines a stored state is of.</summary>
public static class StoredPipelines
{
    /// <summary>What the cluster itself says of them, deleted ones included, since their state stays; of what it has never said, what the settings say.</summary>
    /// <remarks>Key groups may name others; those are known by their ids alone, and their windows cannot be folded.</remarks>
    public static PipelineBook Of(NodeSettings settings, IStateReader state)
    {
        var book = PipelineBook.Empty.With(state.RowsOf(TopicNames.Pipelines).Select(r => PipelineRow.Read(r, out _)));
        foreach (var spec in settings.Pipelines.Where(p => book.Entries.GetValueOrDefault(p.Id)?.Spec is null))
            book = book with { Entries = book.Entries.SetItem(spec.Id, new PipelineEntry(spec.Id, spec, book.IsRunning(spec.Id), PipelineOwner.Settings, IsDeleted: false, PartitionId.None)) };
        return book;
    }

    /// <summary>Those that are known, and those whose key groups have stored something; in ordinal order.</summary>
    public static IReadOnlyList<string> Ids(PipelineBook known, IStateReader state) =>
        [.. known.Entries.Values.Where(e => e.Spec is not null).Select(e => e.Id).Union(state.PersistenceIds().Select(IdOf).OfType<string>()).Order(StringComparer.Ordinal)];

    /// <summary>Of the pipeline whose key group it is; null: it is of another type.</summary>
    public static string? IdOf(string persistenceId) => StoredEntity.Of(persistenceId).Pipeline;
}
