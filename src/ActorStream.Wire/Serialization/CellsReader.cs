using System.Runtime.Serialization;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Reads what <see cref="CellsWriter"/> wrote.</summary>
internal static class CellsReader
{
    public static CellState[] Read(CellsPart? part, int count)
    {
        if (part is null)
            throw new SerializationException($"The cells of {count} windows are missing.");
        var (counts, lastMs) = (Columns.ToArray(part.Counts, count, "counts"), Columns.FromDifferences(part.LastMs, count, "last_ms"));
        var (low, high) = (Columns.ToArrayOrZeros(part.SumsLow, count, "sums_low"), Columns.ToArray(part.SumsHigh, count, "sums_high"));
        var (mins, maxs) = (Columns.ToArray(part.Mins, count, "mins"), Columns.ToArray(part.Maxs, count, "maxs"));
        var parts = Columns.ToArrayOrZeros(part.Parts, count, "parts");
        var extras = part.Parts.Count == 0 ? null : new CellExtrasReader(part.Extras ?? throw new SerializationException("The extras of cells are missing."));
        var cells = new CellState[count];
        for (var i = 0; i < count; i++)
        {
            var (wide, more) = extras is null || parts[i] == 0 ? (null, null) : extras.Next((CellParts)parts[i]);
            cells[i] = new CellState(counts[i], new ExactSumState(low[i], high[i], wide), mins[i], maxs[i], lastMs[i], more);
        }
        extras?.RequireEnd();
        return cells;
    }
}

/// <summary>Takes each cell's extras from the front of the columns.</summary>
internal sealed class CellExtrasReader
{
    private const CellParts All = (CellParts)255;

    private readonly CellExtrasPart _part;
    private readonly LastValue[] _lasts;
    private readonly long[] _buckets;
    private int _last;
    private int _wide;
    private int _limb;
    private int _fewCount;
    private int _few;
    private int _registers;
    private int _bucketCount;
    private int _bucket;

    public CellExtrasReader(CellExtrasPart part)
    {
        _part = part;
        _lasts = ReadLasts(part);
        _buckets = Columns.FromDifferences(part.Buckets, part.BucketValues.Count, "buckets");
        Columns.RequireCount(part.WideLimbCounts.Count, part.WideLowest.Count, "wide_limb_counts");
    }

    public (WideSumState? Wide, CellExtrasState? Extras) Next(CellParts parts)
    {
        if ((parts & ~All) != 0)
            throw new SerializationException($"Parts {(uint)parts} of a cell are unknown to this version.");
        var wide = parts.HasFlag(CellParts.WideSum) ? NextWide() : null;
        if (!parts.HasFlag(CellParts.Extras))
            return (wide, null);
        LastValue? last = parts.HasFlag(CellParts.Last) ? At(_lasts, ref _last) : null;
        var squares = parts.HasFlag(CellParts.Squares) ? NextWide() : null;
        var distinct = parts.HasFlag(CellParts.Distinct) ? NextDistinct(parts) : null;
        return (wide, new CellExtrasState(last, squares, distinct, parts.HasFlag(CellParts.Quantiles) ? NextQuantiles() : null));
    }

    public void RequireEnd()
    {
        Columns.RequireCount(_lasts.Length, _last, "last_values");
        Columns.RequireCount(_part.WideLowest.Count, _wide, "wide_lowest");
        Columns.RequireCount(_part.WideLimbs.Count, _limb, "wide_limbs");
        Columns.RequireCount(_part.FewCounts.Count, _fewCount, "few_counts");
        Columns.RequireCount(_part.Few.Count, _few, "few");
        Columns.RequireCount(_part.Registers.Count, _registers, "registers");
        Columns.RequireCount(_part.BucketCounts.Count, _bucketCount, "bucket_counts");
        Columns.RequireCount(_buckets.Length, _bucket, "buckets");
    }

    private static LastValue[] ReadLasts(CellExtrasPart part)
    {
        var count = part.LastValues.Count;
        var (times, offsets) = (Columns.FromDifferences(part.LastTimes, count, "last_times"), Columns.FromDifferences(part.LastOffsets, count, "last_offsets"));
        Columns.RequireCount(part.LastPartitions.Count, count, "last_partitions");
        var lasts = new LastValue[count];
        for (var i = 0; i < count; i++)
            lasts[i] = new LastValue(times[i], part.LastPartitions[i], offsets[i], part.LastValues[i]);
        return lasts;
    }

    private WideSumState NextWide()
    {
        var lowest = At(_part.WideLowest, ref _wide);
        return new WideSumState(lowest, Take(_part.WideLimbs, ref _limb, _part.WideLimbCounts[_wide - 1]));
    }

    private DistinctSketchState NextDistinct(CellParts parts) => new(
        parts.HasFlag(CellParts.Few) ? Take(_part.Few, ref _few, At(_part.FewCounts, ref _fewCount)) : null,
        parts.HasFlag(CellParts.Registers) ? At(_part.Registers, ref _registers).ToByteArray() : null);

    private QuantileSketchState NextQuantiles()
    {
        var (count, at) = (At(_part.BucketCounts, ref _bucketCount), _bucket);
        var values = Take(_part.BucketValues, ref _bucket, count);
        var buckets = new int[values.Length];
        for (var i = 0; i < buckets.Length; i++)
            buckets[i] = unchecked((int)_buckets[at + i]);
        return new QuantileSketchState(buckets, values);
    }

    private static T At<T>(IList<T> column, ref int at) => at < column.Count ? column[at++] : throw new SerializationException("The extras of cells end before the cells do.");

    private static T[] Take<T>(IList<T> column, ref int at, uint count)
    {
        if (count > column.Count - at)
            throw new SerializationException($"{count} extras of a cell are wanted, where {column.Count - at} are left.");
        var taken = new T[count];
        for (var i = 0; i < taken.Length; i++)
            taken[i] = column[at++];
        return taken;
    }
}
