using System.Collections.Immutable;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Pipelines;

/// <summary>All pipelines of the cluster as of one position of the <c>pipelines</c> topic: an immutable snapshot that a node swaps whole.</summary>
/// <param name="Position">The last change taken in.</param>
/// <param name="Entries">By id; also of pipelines that were deleted, and of those that were only ever started or stopped.</param>
public sealed record PipelineBook(long Position, ImmutableSortedDictionary<string, PipelineEntry> Entries)
{
    public static readonly PipelineBook Empty = new(PartitionId.None, ImmutableSortedDictionary.Create<string, PipelineEntry>(StringComparer.Ordinal));

    /// <summary>Those that are there, by id.</summary>
    public IEnumerable<PipelineSpec> Pipelines => Entries.Values.Where(e => e.IsThere).Select(e => e.Spec!);

    /// <summary>Null: there is none of this id, or it was deleted.</summary>
    public PipelineEntry? Find(string id) => Entries.GetValueOrDefault(id) is { IsThere: true } entry ? entry : null;

    /// <summary>One that nobody stopped or deleted runs.</summary>
    public bool IsRunning(string id) => Entries.GetValueOrDefault(id) is not { } entry || entry is { IsRunning: true, IsDeleted: false };

    /// <summary>As if nobody had said what it is, until its next change.</summary>
    public PipelineBook Without(string id) => this with { Entries = Entries.SetItem(id, Entries[id] with { Spec = null }) };

    /// <summary>Takes in changes in order of position; those at or below <see cref="Position"/> are known already.</summary>
    public PipelineBook With(IEnumerable<PipelineChange> changes)
    {
        var book = this;
        foreach (var change in changes.Where(c => c.Position > Position))
        {
            var entry = book.Entries.GetValueOrDefault(change.Id) is { } before
                ? before.With(change)
                : new PipelineEntry(change.Id, change.Spec, change.IsRunning, change.Owner, change.IsDeleted, change.Position) { Retired = change.Retired };
            book = new PipelineBook(change.Position, book.Entries.SetItem(change.Id, entry));
        }
        return book;
    }
}

/// <param name="Spec">With its <see cref="PipelineSpec.Version"/>; of a deleted one what it was last. Null: no node has said yet what it is.</param>
/// <param name="Position">Of its last change of any kind.</param>
public sealed record PipelineEntry(string Id, PipelineSpec? Spec, bool IsRunning, PipelineOwner Owner, bool IsDeleted, long Position)
{
    public bool IsThere => Spec is not null && !IsDeleted;

    /// <inheritdoc cref="RetiredNames"/>
    public ImmutableSortedDictionary<string, string> Retired { get; init; } = RetiredNames.None;

    internal PipelineEntry With(in PipelineChange change) => change.Spec is null
        ? this with { IsRunning = change.IsRunning, Position = change.Position }
        : this with { IsRunning = change.IsRunning, Position = change.Position, Owner = change.Owner, IsDeleted = change.IsDeleted, Spec = change.Spec, Retired = change.Retired };
}

/// <summary>Who says what a pipeline is.</summary>
public enum PipelineOwner
{
    /// <summary>The files that nodes are given.</summary>
    Settings,

    Http,
}

/// <summary>One record of the <c>pipelines</c> topic.</summary>
public readonly record struct PipelineChange(string Id, bool IsRunning, long Position)
{
    /// <summary>Null: only whether it runs has changed, as older versions write it.</summary>
    public PipelineSpec? Spec { get; init; }

    public PipelineOwner Owner { get; init; }

    public bool IsDeleted { get; init; }

    /// <inheritdoc cref="RetiredNames"/>
    public ImmutableSortedDictionary<string, string> Retired { get; init; } = RetiredNames.None;
}

/// <summary>A node's view of the pipelines; swapped whole, read from any thread.</summary>
public interface IPipelinesView
{
    PipelineBook Current { get; }

    /// <summary>Completes when the view first reached the head of its topic; no pipeline is read before.</summary>
    Task Complete { get; }
}
