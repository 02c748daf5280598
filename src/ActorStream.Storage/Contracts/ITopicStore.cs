using ActorStream.Domain.Protocol;

namespace ActorStream.Storage.Contracts;

/// <summary>Topics of record batches: append, read from an offset, head. Safe from any thread and from several processes on one database.</summary>
public interface ITopicStore
{
    /// <summary>Told after a commit of this process, on any thread: (topic, partition, head). A hint: other processes' appends are seen by polling.</summary>
    event Action<string, int, long>? Appended;

    /// <summary>Makes a topic of batches where it is missing; one that is there stays as it is, whatever the number of its partitions. Any number of processes may do so at the same moment.</summary>
    /// <param name="partitions">1 to 1024; of a topic that is made now.</param>
    /// <param name="withState">It lies with the journal, so that both roll back as one: for what entities append. Of a topic that is made now.</param>
    /// <exception cref="StorageRefusedException">The topic is of another kind, or older than what its readers have committed.</exception>
    Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default);

    /// <summary>Partitions of a topic, fixed when it was made.</summary>
    int PartitionsOf(string topic);

    /// <summary>From 1; see <see cref="Domain.Records.PartitionId"/>.</summary>
    int IncarnationOf(string topic);

    /// <summary>Appends all batches in one transaction, or none; completes when they are durable. Concurrent calls share a commit.</summary>
    /// <param name="batches">At most one per partition.</param>
    /// <exception cref="StorageFullException">Certainly not appended: disk or page bound.</exception>
    /// <exception cref="StorageUnavailableException">Certainly not appended.</exception>
    /// <exception cref="OutcomeUnknownException">The commit itself failed: nobody knows.</exception>
    Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default);

    /// <summary>protocol.md rule 28: takes the successors of what it took from this sender, skips what it has, refuses a gap. Answers the highest number taken.</summary>
    /// <param name="items">Numbers rise by one from the first; a sender begins at 1.</param>
    /// <exception cref="InvalidOperationException">A gap: the first item that is not known is not the successor of the last one taken.</exception>
    Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default);

    /// <summary>For a sender that appends once: all batches in one transaction, and the mark in place of rule 28's number. Null: appended before under this mark, nothing is appended now.</summary>
    /// <param name="mark">From 1; tells whether a repeat says the same.</param>
    /// <param name="batches">At most one per partition, at least one in all.</param>
    /// <exception cref="SenderReusedException">The sender has appended before, under another mark.</exception>
    Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default);

    /// <summary>Stored batches in order, the first of which may begin before <paramref name="from"/>; empty at the head. Ends at either bound, but holds at least one batch if there is one.</summary>
    IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax);

    PartitionState StateOf(string topic, int partition);

    /// <summary>Changes whenever anything was committed to the topic's database, by this process or another; says nothing about what. A few microseconds: made to be asked each millisecond.</summary>
    long ChangeStampOf(string topic);

    /// <summary>Deletes whole batches older than the time that every group in <paramref name="groups"/> has committed; returns records deleted.</summary>
    Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default);
}

/// <param name="Count">Records in the blob, at least 1.</param>
/// <param name="Blob">Encoded by <see cref="Wire.Topics.RecordBatchWriter"/>.</param>
public readonly record struct NewBatch(int Partition, int Count, ReadOnlyMemory<byte> Blob);

/// <param name="Partition">Where it goes; the caller hashes the key.</param>
/// <param name="Number">protocol.md rule 18.</param>
public readonly record struct NumberedRecord(int Partition, long Number, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);

/// <param name="AppendTimeMs">Epoch milliseconds; per partition it never falls.</param>
/// <param name="Firsts">First offset per batch, in the order asked.</param>
public sealed record AppendedBatches(long AppendTimeMs, IReadOnlyList<long> Firsts);

public sealed record StoredBatch(long FirstOffset, int Count, long AppendTimeMs, ReadOnlyMemory<byte> Blob)
{
    public long Next => FirstOffset + Count;
}

/// <param name="First">Lowest offset still held (equals <paramref name="Head"/> when empty).</param>
/// <param name="Head">The next offset to be given.</param>
/// <param name="LastAppendTimeMs">Epoch milliseconds; 0 if nothing was ever appended.</param>
public readonly record struct PartitionState(long First, long Head, long LastAppendTimeMs);

/// <summary>The compacted <c>rules</c> topic: one row per key, every change has a position.</summary>
public interface ICompactedTopic
{
    /// <summary>Null value: deletion (the row stays, as the tombstone that other nodes must see). Answers (position, append time).</summary>
    /// <remarks>A variable of type <c>byte[]?</c> that is null converts to an empty value, not to null: pass a <c>ReadOnlyMemory&lt;byte&gt;?</c>.</remarks>
    Task<(long Position, long AppendTimeMs)> PutAsync(string topic, string key, ReadOnlyMemory<byte>? value, CancellationToken cancel = default);

    /// <summary>Puts only while the key's row is at that position, checked in the transaction that writes; null: it is elsewhere or missing, and nothing was stored.</summary>
    /// <param name="position"><see cref="Domain.Records.PartitionId.None"/>: only while the key has no row (not where the topic lies in Kafka).</param>
    Task<(long Position, long AppendTimeMs)?> PutIfAtAsync(string topic, string key, ReadOnlyMemory<byte>? value, long position, CancellationToken cancel = default);

    /// <summary>Takes over a record of another log of rules (Kafka). Any number of nodes may import the same log: a key's row changes only when the record is newer than the one it came from, and gets its position here, the same for every node.</summary>
    /// <returns>Records that changed a row.</returns>
    Task<int> ImportAsync(string topic, IReadOnlyList<ImportedRecord> records, CancellationToken cancel = default);

    /// <summary>The latest row of every key changed after this position, in order of position. Cheap when nothing changed.</summary>
    IReadOnlyList<CompactedRecord> ChangesAfter(string topic, long position);
}

/// <param name="Value">Null: deletion.</param>
/// <param name="SourceOffset">Newer within one source partition is the greater offset.</param>
/// <param name="SourceTimeMs">The record's own time, epoch milliseconds; decides between source partitions, and becomes the append time.</param>
public sealed record ImportedRecord(string Key, ReadOnlyMemory<byte>? Value, int SourcePartition, long SourceOffset, long SourceTimeMs);

public sealed record CompactedRecord(string Key, ReadOnlyMemory<byte>? Value, long Position, long AppendTimeMs);

/// <summary>Commit rows, in the journal's database (protocol.md A13).</summary>
public interface ICommitStore
{
    /// <summary>Rule 4: epoch + 1, serial 0, and the whole row; makes it at <paramref name="startAt"/> when there is none or the incarnation is another.</summary>
    Task<CommitRow> ClaimAsync(Domain.Records.PartitionId partition, long startAt, CancellationToken cancel = default);

    /// <summary>Rule 10: one update where the epoch is the same and the serial lower. <see cref="CommitOutcome.Unknown"/> instead of an exception.</summary>
    Task<CommitOutcome> CommitAsync(Domain.Records.PartitionId partition, CommitRow row, CancellationToken cancel = default);

    /// <summary>All rows of a group, for lag and watermarks.</summary>
    IReadOnlyList<(Domain.Records.PartitionId Partition, CommitRow Row)> RowsOf(string group);
}
