using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Facade;

/// <summary>What may be asked of pipelines, and what they may be told; over the whole cluster, from any node.</summary>
public interface IPipelineFacade
{
    /// <summary>By id, as this node knows them.</summary>
    IReadOnlyList<PipelineView> All { get; }

    /// <summary>Starts or stops it; completes when that is durable and this node knows it. Every node does at most 1 s later; readers drain for at most 5 s. False: no such pipeline.</summary>
    Task<bool> RunAsync(string id, bool isRunning, CancellationToken cancel);

    /// <summary>What <see cref="ApplyAsync"/> would do now; changes nothing.</summary>
    /// <param name="mayDrop">State may be lost.</param>
    PipelineOutcome Plan(PipelineSpec spec, bool mayDrop);

    /// <summary>Makes the pipeline, or makes it what is given; completes when that is durable and this node knows it. Every node does at most 1 s later.</summary>
    /// <param name="ifAt">Null: whatever it is. Else only while its last change is one of these.</param>
    Task<PipelineOutcome> ApplyAsync(PipelineSpec spec, bool mayDrop, IReadOnlyList<long>? ifAt, CancellationToken cancel);

    /// <summary>Its readers and sinks end; its state and results stay, and a pipeline made again under its id goes on from there.</summary>
    /// <param name="ifAt">As with <see cref="ApplyAsync"/>.</param>
    Task<PipelineRemoval> DeleteAsync(string id, IReadOnlyList<long>? ifAt, CancellationToken cancel);

    /// <summary>Processes what its source holds now, stops it, and waits until every result that came of what it has read is in all its sinks; at most 30 s. Of one that is stopped already: what it had read.</summary>
    /// <returns>Null: done. Else a sentence that says what is missing.</returns>
    Task<string?> DrainAsync(PipelineSpec pipeline, CancellationToken cancel);

    /// <summary>How far each partition of its source is, from what is committed.</summary>
    IReadOnlyList<PipelinePartitionView> PartitionsOf(PipelineSpec pipeline);

    /// <summary>What the window groups of a pipeline know; a group that did not answer in time is missing.</summary>
    Task<IReadOnlyList<WindowGroupView>> GroupsAsync(PipelineSpec pipeline, CancellationToken cancel);

    /// <summary>Windows that its groups hold, first by start.</summary>
    /// <param name="limit">At most so many.</param>
    Task<OpenWindowsView> WindowsAsync(PipelineSpec pipeline, int limit, CancellationToken cancel);

    /// <summary>What the readers of all pipelines did lately, on all nodes that answered.</summary>
    Task<IReadOnlyList<PipelineActivityView>> ActivityAsync(CancellationToken cancel);

    StateStoreView StateStore { get; }

    /// <summary>Waits at most 30 s until every running pipeline has committed everything that its source held when this was called.</summary>
    Task<CheckpointView> CheckpointAsync(CancellationToken cancel);

    /// <summary>What the pipeline would go on from after a restart, asked from the database.</summary>
    Task<PipelineCheckpointView> StoredAsync(PipelineView pipeline, CancellationToken cancel);

    /// <summary>Since this node began.</summary>
    TimeSpan Uptime { get; }
}

public sealed record PipelineView(PipelineSpec Spec, bool IsRunning)
{
    /// <summary>Of its last change: its ETag.</summary>
    public long Position { get; init; }

    /// <summary>Why its source cannot be read at the moment, a sentence; null: nothing is known to be wrong with it.</summary>
    public string? Trouble { get; init; }
}

/// <param name="Sentence">Why not.</param>
public sealed record PipelineRemoval(PipelineRemovalKind Kind, string? Sentence = null);

public enum PipelineRemovalKind
{
    Removed,

    /// <summary>There is no such pipeline.</summary>
    Unknown,

    /// <summary>It is at another version than asked for.</summary>
    Moved,

    /// <summary>Somebody else says what it is.</summary>
    Clashes,
}

/// <param name="Name"><c>{pipeline}/{topic}/{partition}</c>.</param>
/// <param name="WatermarkMs">Epoch milliseconds, <see cref="Domain.Records.PartitionId.EndOfTime"/> less the delay when its source has ended; null: it has no time yet.</param>
/// <param name="IsIdle">Its time was raised because it fell silent.</param>
/// <param name="HoldsBack">No partition of the pipeline has a lower watermark: windows wait for it.</param>
/// <param name="Position">Committed.</param>
/// <param name="Head">Null: only its reader knows (files, mocks), or the brokers did not say yet.</param>
/// <param name="Held">Records from the position to the head: the retention keeps them for this pipeline, whatever their age. Null where the head is.</param>
public sealed record PipelinePartitionView(string Name, long? WatermarkMs, bool IsIdle, bool HoldsBack, long Position, long? Head, long? Held, long Processed, long Unreadable)
{
    /// <summary>Readers of the partition that there were, 0 before the first.</summary>
    public long Epoch { get; init; }

    /// <summary>Commits of the last reader.</summary>
    public long Serial { get; init; }

    internal string ReaderId { get; init; } = "";
}

/// <param name="Partitions">Of its source.</param>
/// <param name="Groups">By number; each has an entry.</param>
public sealed record PipelineCheckpointView(PipelineView Pipeline, IReadOnlyList<SourceCheckpointView> Partitions, IReadOnlyList<EntityCheckpoint> Groups);

/// <param name="CommittedAtMs">When its reader last committed, epoch milliseconds; null: no reader runs, or it did not answer in time, or has not committed since it started.</param>
public sealed record SourceCheckpointView(PipelinePartitionView Partition, long? CommittedAtMs);

/// <param name="WindowId">As in its results.</param>
/// <param name="EndMs">Exclusive.</param>
/// <param name="IsFired">It gave a result and may still change.</param>
public sealed record OpenWindowView(string PipelineId, string WindowId, long StartMs, long EndMs, long EventCount, bool IsFired);

/// <param name="UnknownGroups">Key groups that did not answer in time: what they hold is missing.</param>
public sealed record OpenWindowsView(IReadOnlyList<OpenWindowView> Windows, int UnknownGroups);

/// <param name="PerSecond">Events committed in each second of the last minute, from the first in which there were any; the running second is not in it.</param>
/// <param name="DurationsMs">From reading a chunk to its commit, the latest of each node, ascending.</param>
/// <param name="LastMs">Of its last commit, epoch milliseconds; null: unknown, or none since its nodes started.</param>
public sealed record PipelineActivityView(string PipelineId, IReadOnlyList<long> PerSecond, IReadOnlyList<double> DurationsMs, long? LastMs);

/// <param name="Path">Folder or server; never a secret.</param>
/// <param name="Bytes">Null: unknown.</param>
public sealed record StateStoreView(string Backend, string Path, long? Bytes);

/// <param name="OpenWindows">Panes and sessions that the groups of running pipelines hold: the size of what the checkpoint covers.</param>
/// <param name="Missing">Null: done. Else a sentence that names a partition that did not get there.</param>
public sealed record CheckpointView(DateTimeOffset At, long OpenWindows, string? Missing);
