using System.Collections.Immutable;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Pipelines;

/// <summary>Which pipelines were told to stop, as of one position of the <c>pipelines</c> topic: an immutable snapshot that a node swaps whole.</summary>
/// <param name="Position">The last change taken in.</param>
/// <param name="Stopped">Ids; every other pipeline runs.</param>
public sealed record PipelineBook(long Position, ImmutableHashSet<string> Stopped)
{
    public static readonly PipelineBook Empty = new(PartitionId.None, []);

    public bool IsRunning(string id) => !Stopped.Contains(id);

    /// <summary>Takes in changes in order of position; those at or below <see cref="Position"/> are known already.</summary>
    public PipelineBook With(IEnumerable<PipelineChange> changes)
    {
        var book = this;
        foreach (var change in changes.Where(c => c.Position > Position))
            book = new PipelineBook(change.Position, change.IsRunning ? book.Stopped.Remove(change.Id) : book.Stopped.Add(change.Id));
        return book;
    }
}

/// <summary>One record of the <c>pipelines</c> topic.</summary>
public readonly record struct PipelineChange(string Id, bool IsRunning, long Position);

/// <summary>A node's view of which pipelines run; swapped whole, read from any thread.</summary>
public interface IPipelinesView
{
    PipelineBook Current { get; }

    /// <summary>Completes when the view first reached the head of its topic; no pipeline is read before.</summary>
    Task Complete { get; }
}
