using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Storage.Contracts;

/// <summary>All that recovery reads, as of one moment, for those who look from outside of a node. Never writes; nodes may run beside it. One thread.</summary>
/// <remarks>Members throw <see cref="StorageUnavailableException"/> when the database cannot be read.</remarks>
public interface IStateReader : ICheckpointTable, IDisposable
{
    /// <summary>Whose it is.</summary>
    string Cluster { get; }

    /// <summary>The trigger that keeps two incarnations from overwriting each other is in place (protocol.md A1).</summary>
    bool HasFence { get; }

    /// <summary>Every entity that has an event or a snapshot, in ordinal order.</summary>
    IReadOnlyList<string> PersistenceIds();

    /// <summary>Null: none.</summary>
    StoredPayload? NewestSnapshotOf(string persistenceId);

    /// <summary>In order of their numbers. Read to the end or dispose of it before the next question.</summary>
    IEnumerable<StoredPayload> EventsAfter(string persistenceId, long sequence);

    /// <summary>Of the events, deleted ones included; 0: none.</summary>
    long HighestSequenceOf(string persistenceId);

    /// <summary>Of all groups.</summary>
    IReadOnlyList<(PartitionId Partition, CommitRow Row)> Commits();

    /// <summary>Topics of batches that are kept here, by name.</summary>
    IReadOnlyList<StoredTopic> Topics();

    /// <summary>Of each partition in order of offsets. Read to the end or dispose of it before the next question.</summary>
    IEnumerable<StoredSpan> SpansOf(StoredTopic topic);

    /// <summary>By sender, the highest number that the topic has taken from it.</summary>
    IReadOnlyDictionary<string, long> TakenBy(StoredTopic topic);

    /// <summary>The latest row of every key of a compacted topic, in order of position; empty where there is no such topic.</summary>
    IReadOnlyList<CompactedRecord> RowsOf(string compactedTopic);

    /// <summary>Exact.</summary>
    long DeadLetters(string reason);
}

/// <param name="Sequence">Of the event; of a snapshot that of the event it goes up to.</param>
/// <param name="SerializerId">Null: the row names none.</param>
public sealed record StoredPayload(long Sequence, bool IsDeleted, int? SerializerId, string Manifest, ReadOnlyMemory<byte> Bytes);

public sealed record StoredTopic(string Name, int Incarnation, IReadOnlyList<StoredPartition> Partitions)
{
    internal long Id { get; init; }
}

/// <param name="First">Lowest offset held.</param>
/// <param name="FirstBefore">Lowest offset held before the commit rows were read: below it nothing was uncommitted.</param>
/// <param name="Head">The next offset to be given, as it was after the commit rows were read.</param>
public readonly record struct StoredPartition(int Partition, long First, long FirstBefore, long Head);

/// <summary>One batch, without what it holds.</summary>
public readonly record struct StoredSpan(int Partition, long FirstOffset, int Count)
{
    public long Next => FirstOffset + Count;
}
