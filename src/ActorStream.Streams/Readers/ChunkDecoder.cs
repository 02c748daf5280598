using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;

namespace ActorStream.Streams.Readers;

/// <summary>Turns chunks of one partition into batches per entity; keeps the running cut (greatest event time, counters) from the committed row on.</summary>
/// <remarks>One per stream and epoch, called in order, not thread safe. All its memory comes from the row, so that a restart judges like the first time (protocol.md A5).</remarks>
public abstract class ChunkDecoder(PartitionId partition, CommitRow row)
{
    /// <summary>Letters of this chunk; they must be durable before the chunk may be committed.</summary>
    private List<DeadLetterEntry> _letters = [];

    protected PartitionId Partition => partition;

    protected long MaxEventTime { get; set; } = row.MaxEventTime;

    /// <summary>The last raise; <see cref="PartitionId.NoTime"/> if there was none since this decoder began, save the one the row holds.</summary>
    protected long RaisedTo { get; private set; } = row.Idle ? row.MaxEventTime : PartitionId.NoTime;

    protected ReaderCounters Counters { get; set; } = row.Counters;

    /// <summary>The partition's time was raised while it was idle: the next record's watermark stands on it. Never falls.</summary>
    public void RaiseTo(long maxEventTime)
    {
        if (maxEventTime <= MaxEventTime)
            return;
        (MaxEventTime, RaisedTo) = (maxEventTime, maxEventTime);
    }

    public virtual DecodedTopicChunk Decode(TopicChunk chunk)
    {
        var batches = Group(chunk);
        var letters = _letters;
        if (letters.Count > 0)
            _letters = [];
        return new DecodedTopicChunk(new DecodedChunk(chunk.Next, MaxEventTime, Counters, chunk.Bytes, batches), letters);
    }

    /// <summary>Decodes, counts and groups; records below <see cref="TopicChunk.From"/> are not looked at.</summary>
    protected abstract IReadOnlyList<RoutedBatch> Group(TopicChunk chunk);

    protected void Refuse(long offset, long appendTimeMs, string reason, string detail, ReadOnlySpan<byte> record) =>
        _letters.Add(new DeadLetterEntry($"{partition}@{offset}", reason, partition.ToString(), appendTimeMs, detail, Excerpt.Of(record)));
}

/// <summary>A decoded chunk and what could not be read of it.</summary>
public sealed record DecodedTopicChunk(DecodedChunk Chunk, IReadOnlyList<DeadLetterEntry> Letters);
