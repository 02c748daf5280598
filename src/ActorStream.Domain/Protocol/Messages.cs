using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>A message addressed to one sharded entity; the id drives sharding and serialization.</summary>
public interface IEntityMessage
{
    /// <summary>Not empty, at most 255 bytes.</summary>
    string EntityId { get; }
}

/// <summary>Records for one entity, cut from one chunk of one partition. Offsets rise; gaps are normal. Immutable, shared without copying inside a process.</summary>
public abstract class EntityBatch
{
    public abstract int Count { get; }

    public abstract long OffsetAt(int index);

    /// <summary>An upper bound of what this batch takes on the wire, in bytes.</summary>
    public abstract int WireBytes { get; }

    /// <summary>The change of the pipeline (<see cref="Pipelines.PipelineSpec.Version"/>) that the batch was decoded by; 0 before the first, and where there is no pipeline.</summary>
    public virtual long SpecVersion => 0;

    public long FirstOffset => OffsetAt(0);

    public long LastOffset => OffsetAt(Count - 1);
}

/// <summary>How far the pipeline's and the log's time have come.</summary>
/// <param name="Watermark">Least (greatest event time - delay) over the commit rows of the topic, epoch milliseconds; <see cref="PartitionId.NoTime"/> when unknown.</param>
/// <param name="HeadTime">The log's own progress, epoch milliseconds; only sent at lag 0, else <see cref="PartitionId.NoTime"/>.</param>
/// <param name="Due">Series of this entity that are due by <paramref name="HeadTime"/> (protocol.md rule 27); nearly always none.</param>
public readonly record struct Tick(long Watermark, long HeadTime, IReadOnlyList<DueSeries> Due)
{
    public Tick(long watermark, long headTime)
        : this(watermark, headTime, [])
    {
    }

    public static readonly Tick Nothing = new(PartitionId.NoTime, PartitionId.NoTime);

    /// <summary>It tells the time and does not ask for a checkpoint: only what it decides is written at once (ADR 013).</summary>
    public bool IsTimeOnly { get; init; }

    public static Tick OfTime(long watermark) => new(watermark, PartitionId.NoTime) { IsTimeOnly = true };
}

/// <summary>A row of the due table, as its reader saw it.</summary>
/// <param name="Series">The series' tags as canonical text; empty for a sample without tags.</param>
/// <param name="LastOffset">Position of the sample it waits after, or <see cref="PartitionId.None"/> when that lies in another partition.</param>
public readonly record struct DueSeries(string Series, long LastOffset);

/// <summary>Reader to entity (protocol.md, message 1). No batches means "checkpoint if dirty", unless the tick tells time only.</summary>
/// <param name="Previous">The last offset this entity acknowledged to this epoch, or <see cref="PartitionId.None"/>.</param>
public sealed record Apply(string EntityId, PartitionId Partition, long Epoch, long Previous, IReadOnlyList<EntityBatch> Batches, Tick? Tick) : IEntityMessage;

/// <summary>Entity to reader (message 2): to every <see cref="Apply"/> at once, and unasked after each acknowledged checkpoint and each taken output.</summary>
/// <param name="Applied">Highest offset applied, in memory.</param>
/// <param name="Safe">Everything up to here is journaled and its outputs are taken by their topic.</param>
public sealed record Answer(string EntityId, PartitionId Partition, long Epoch, long Applied, long Safe);
