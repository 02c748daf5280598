namespace ActorStream.Domain.Protocol;

/// <summary>A chunk of a partition after decoding: what goes to whom, and the cut at its end.</summary>
/// <param name="Next">The offset after the chunk's last record.</param>
/// <param name="MaxEventTime">Greatest event time of all records before <paramref name="Next"/>, epoch milliseconds.</param>
/// <param name="Counters">Cumulative up to <paramref name="Next"/>.</param>
/// <param name="Bytes">Size of the chunk as stored; counts against <see cref="ReaderBounds.UncommittedBytesMax"/>.</param>
/// <param name="Batches">One per entity concerned, in order of first offset.</param>
public sealed record DecodedChunk(long Next, long MaxEventTime, ReaderCounters Counters, int Bytes, IReadOnlyList<RoutedBatch> Batches);

/// <summary>Records of one chunk for one entity.</summary>
public readonly record struct RoutedBatch(string EntityId, EntityBatch Batch);

/// <summary>Series of one entity whose due row has come.</summary>
public readonly record struct RoutedDue(string EntityId, IReadOnlyList<DueSeries> Series);

/// <summary>Every bound of a reader. Reaching one stops reading: that is the back-pressure.</summary>
/// <param name="UncommittedRecordsMax">Records between the committed position and what was read.</param>
/// <param name="UncommittedBytesMax">The same in stored bytes.</param>
/// <param name="ApplyBytesMax">Encoded bytes of one Apply, half a frame (protocol.md A12).</param>
/// <param name="SweepMax">Entities asked for a checkpoint whose answer is outstanding: the pace of checkpoints.</param>
public sealed record ReaderBounds(
    int UncommittedRecordsMax = 1_000_000, long UncommittedBytesMax = 256L << 20, int ApplyBytesMax = 1 << 20, int SweepMax = 512);
