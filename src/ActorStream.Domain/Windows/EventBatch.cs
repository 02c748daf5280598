using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

/// <summary>Decoded events of one chunk as columns, sorted by entity and offset; every <see cref="EventBatch"/> of the chunk is a slice of it. Not written after it was built.</summary>
public sealed class EventColumns
{
    /// <summary>Event times beyond ± this many milliseconds are no times: the reader makes such records dead letters.</summary>
    public const long TimeMsMax = 1L << 60;

    public required long[] Offsets { get; init; }

    /// <summary>Event times, epoch milliseconds; the append time where the event carries none.</summary>
    public required long[] Times { get; init; }

    /// <summary>The partition's watermark before the record (protocol.md A5), epoch milliseconds; never falls with the offset.</summary>
    public required long[] WatermarksBefore { get; init; }

    /// <summary>Finite.</summary>
    public required double[] Values { get; init; }

    /// <summary>Index into <see cref="Keys"/>.</summary>
    public required int[] KeyIndexes { get; init; }

    /// <summary>Each key once.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>At least the UTF-8 length of the longest key.</summary>
    public required int KeyBytesMax { get; init; }

    /// <summary>Stable 64-bit hashes of what is to be counted as distinct; null: of the value.</summary>
    public ulong[]? DistinctHashes { get; init; }

    /// <summary>A <see cref="WatermarksBefore"/> at or below it was given to the partition while it was idle; <see cref="PartitionId.NoTime"/> when it was not.</summary>
    public long IdleRaisedTo { get; init; } = PartitionId.NoTime;

    /// <inheritdoc cref="EntityBatch.SpecVersion"/>
    public long SpecVersion { get; init; }

    /// <summary>Why an event is late.</summary>
    /// <param name="watermark">Of its partition, before it.</param>
    /// <param name="isByOwn">By that watermark, not by that of the key group.</param>
    internal LateReason ReasonOf(long watermark, bool isByOwn) =>
        !isByOwn ? LateReason.Behind : watermark <= IdleRaisedTo ? LateReason.IdlePartition : LateReason.Late;

    /// <exception cref="InvalidDataException">The value is no finite number, or the time no time.</exception>
    internal void CheckReadable(int at)
    {
        if (!double.IsFinite(Values[at]))
            throw new InvalidDataException($"The value is {Values[at]}; a window takes finite numbers. Send a number, or leave the value out.");
        if (Times[at] is < -TimeMsMax or > TimeMsMax)
            throw new InvalidDataException($"The event time is {Times[at]} ms since 1970; it lies within ± {TimeMsMax}. Send milliseconds or an ISO 8601 time.");
    }
}

/// <summary>Events of one key group, in offset order.</summary>
public sealed class EventBatch(EventColumns columns, int start, int count) : EntityBatch
{
    private const int BytesPerEvent = 44;

    public EventColumns Columns => columns;

    /// <summary>First index into the columns.</summary>
    public int Start => start;

    public override int Count => count;

    public override long SpecVersion => columns.SpecVersion;

    public override long OffsetAt(int index) => columns.Offsets[start + index];

    // A key travels once per batch.
    public override int WireBytes => 64 + (count * BytesPerEvent) + ((columns.KeyBytesMax + 4) * Math.Min(count, columns.Keys.Count));
}
