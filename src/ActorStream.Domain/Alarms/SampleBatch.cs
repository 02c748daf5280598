using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>Decoded samples of one chunk as columns, sorted by entity and offset; every <see cref="SampleBatch"/> of the chunk is a slice of it. Not written after it was built.</summary>
public sealed class SampleColumns
{
    public required long[] Offsets { get; init; }

    /// <summary>Epoch milliseconds.</summary>
    public required long[] AppendTimes { get; init; }

    /// <summary>The partition's watermark before the record (protocol.md A5), epoch milliseconds.</summary>
    public required long[] WatermarksBefore { get; init; }

    /// <summary>The sample's own time, epoch milliseconds; the append time when it carries none.</summary>
    public required long[] Times { get; init; }

    public required double[] Values { get; init; }

    /// <summary>Index into <see cref="SeriesKeys"/>; null when no sample of the chunk has tags.</summary>
    public int[]? Series { get; init; }

    public required IReadOnlyList<SeriesKey> SeriesKeys { get; init; }
}

/// <summary>Samples of one metric, in offset order.</summary>
public sealed class SampleBatch(SampleColumns columns, int start, int count) : EntityBatch
{
    private const int BytesPerSample = 44;

    public SampleColumns Columns => columns;

    /// <summary>First index into the columns.</summary>
    public int Start => start;

    public override int Count => count;

    public override long OffsetAt(int index) => columns.Offsets[start + index];

    // Tags travel once per series and batch; bounded at the entrance, 1 KiB is beyond what they may take.
    public override int WireBytes => 64 + (count * BytesPerSample) + (columns.Series is null ? 0 : 1024 * Math.Min(count, columns.SeriesKeys.Count));

    public ReadOnlySpan<double> Values => columns.Values.AsSpan(start, count);

    public SeriesKey SeriesAt(int index) => columns.Series is { } series ? columns.SeriesKeys[series[start + index]] : SeriesKey.Empty;
}
