using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Pipelines;

/// <summary>Changes of the <c>pipelines</c> topic: each reads the row, decides, and puts only while the row is where it was read, so that two editors never overwrite each other unseen.</summary>
/// <param name="known">What a node knows already; the store looks only at what came later.</param>
internal sealed class PipelineStore(INodeStorage storage, NodeSettings settings, Func<PipelineBook> known)
{
    /// <summary>Others that change the same pipeline in the same moment.</summary>
    private const int AttemptsMax = 20;

    /// <summary>As it is stored now. A node does not know what a pipeline is whose topics it cannot make; then all rows are read again.</summary>
    public PipelineBook Read()
    {
        var book = known();
        if (book.Entries.Values.Any(e => e.Spec is null))
            book = PipelineBook.Empty;
        return book.With(storage.Compacted.ChangesAfter(TopicNames.Pipelines, book.Position).Select(r => PipelineRow.Read(r, out _)));
    }

    /// <summary>What <see cref="ApplyAsync"/> would do now.</summary>
    public PipelineOutcome Plan(PipelineSpec spec, PipelineOwner owner, bool mayDrop) => Decide(Read(), spec, owner, mayDrop).Outcome;

    /// <summary>Makes the pipeline, or makes it what is given; its topics are there before anybody knows of it. A new one runs, a deleted one runs again, any other one goes on as it is.</summary>
    /// <param name="ifAt">Null: whatever it is. Else only while its last change is this one (<see cref="PartitionId.None"/>: there never was one).</param>
    public async Task<PipelineOutcome> ApplyAsync(PipelineSpec spec, PipelineOwner owner, bool mayDrop, IReadOnlyList<long>? ifAt, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var book = Read();
            var at = book.Entries.GetValueOrDefault(spec.Id)?.Position ?? PartitionId.None;
            if (ifAt is not null && !ifAt.Contains(at))
                return new PipelineOutcome(PipelineOutcomeKind.Moved, PipelineUpdate.Nothing, at, null);
            var (outcome, entry) = Decide(book, spec, owner, mayDrop);
            if (entry is null)
                return outcome;
            if (await WhyNoTopicsAsync(spec, book, cancel) is { } why)
                return outcome with { Kind = PipelineOutcomeKind.Clashes, Sentence = why };
            if (await storage.Compacted.PutIfAtAsync(TopicNames.Pipelines, spec.Id, PipelineRow.Write(entry, !outcome.Update.IsNothing || outcome.Kind == PipelineOutcomeKind.Made), at, cancel) is { } put)
                return outcome with { Position = put.Position };
        }
        throw Contended(spec.Id);
    }

    /// <summary>Starts or stops it; null: there is no such pipeline. Answers the position of its last change.</summary>
    public Task<long?> RunAsync(string id, bool isRunning, CancellationToken cancel) => ChangeAsync(id, null, e => e with { IsRunning = isRunning }, cancel);

    /// <summary>Its row stays, with what it was last; null: there is no such pipeline, or it is not at <paramref name="ifAt"/>.</summary>
    public Task<long?> DeleteAsync(string id, IReadOnlyList<long>? ifAt, CancellationToken cancel) => ChangeAsync(id, ifAt, e => e with { IsDeleted = true }, cancel);

    private async Task<long?> ChangeAsync(string id, IReadOnlyList<long>? ifAt, Func<PipelineEntry, PipelineEntry> change, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (Read().Find(id) is not { } entry || (ifAt is not null && !ifAt.Contains(entry.Position)))
                return null;
            if (await storage.Compacted.PutIfAtAsync(TopicNames.Pipelines, id, PipelineRow.Write(change(entry), isChange: false), entry.Position, cancel) is { } put)
                return put.Position;
        }
        throw Contended(id);
    }

    private async Task<string?> WhyNoTopicsAsync(PipelineSpec spec, PipelineBook book, CancellationToken cancel)
    {
        try
        {
            await PipelineTopics.EnsureAsync(storage.Topics, spec, [.. book.Pipelines.Where(p => p.Id != spec.Id), spec], settings.Metrics.Partitions, cancel);
            return null;
        }
        catch (StorageRefusedException e)
        {
            return e.Message;
        }
    }

    /// <returns>The entry is null where nothing is to be written.</returns>
    private static (PipelineOutcome Outcome, PipelineEntry? Entry) Decide(PipelineBook book, PipelineSpec spec, PipelineOwner owner, bool mayDrop)
    {
        var before = book.Entries.GetValueOrDefault(spec.Id);
        var at = before?.Position ?? PartitionId.None;
        var beside = Topology.Faults([.. book.Pipelines.Where(p => p.Id != spec.Id), spec]);
        if (beside.Count > 0)
            return (new PipelineOutcome(PipelineOutcomeKind.Clashes, PipelineUpdate.Nothing, at, string.Join(" ", beside)), null);
        var update = before?.Spec is { } was ? PipelineUpdate.Compare(was, spec, before.Retired) : PipelineUpdate.Nothing;
        if (!update.Fits(mayDrop))
            return (new PipelineOutcome(update.Effect == UpdateEffect.Drops ? PipelineOutcomeKind.Drops : PipelineOutcomeKind.Refused, update, at, null), null);
        var isMade = before is not { IsThere: true };
        if (!isMade && update.IsNothing && before!.Owner == owner)
            return (new PipelineOutcome(PipelineOutcomeKind.Unchanged, update, at, null), null);
        // A row of an older version says only whether it runs, and goes on saying it.
        var isRunning = before is null || before.IsDeleted || before.IsRunning;
        var kind = isMade ? PipelineOutcomeKind.Made : update.IsNothing ? PipelineOutcomeKind.Unchanged : PipelineOutcomeKind.Changed;
        var retired = before?.Retired ?? RetiredNames.None;
        return (new PipelineOutcome(kind, update, at, null), new PipelineEntry(spec.Id, spec with { Version = before?.Spec?.Version ?? 0 }, isRunning, owner, IsDeleted: false, at)
        {
            Retired = before?.Spec is { } last ? retired.With(last.Windows, spec.Windows) : retired,
        });
    }

    private static StorageUnavailableException Contended(string id) =>
        new($"Pipeline {id} was changed by others {AttemptsMax} times while this change was tried; nothing was stored. Try it again.");
}

public enum PipelineOutcomeKind
{
    Made,
    Changed,

    /// <summary>It was so already.</summary>
    Unchanged,

    /// <summary>It would lose a part of its state, and nobody said that it may.</summary>
    Drops,

    /// <summary>Its state does not fit.</summary>
    Refused,

    /// <summary>It cannot be beside the other pipelines, or somebody else says what it is.</summary>
    Clashes,

    /// <summary>It may not be given so; faults.</summary>
    Faulty,

    /// <summary>It is at another version than asked for.</summary>
    Moved,
}

/// <param name="Update">From what it is, or was when it was deleted.</param>
/// <param name="Position">Of its last change, which is its ETag; <see cref="PartitionId.None"/>: there never was one.</param>
/// <param name="Sentence">Why it cannot be, where the steps do not say it.</param>
public sealed record PipelineOutcome(PipelineOutcomeKind Kind, PipelineUpdate Update, long Position, string? Sentence)
{
    /// <summary>Of <see cref="PipelineOutcomeKind.Faulty"/>: all of them.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public bool IsDone => Kind is PipelineOutcomeKind.Made or PipelineOutcomeKind.Changed or PipelineOutcomeKind.Unchanged;
}
