using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using Google.Protobuf;

namespace ActorStream.Wire.Serialization;

/// <summary>Which parts a cell has beyond the basic ones. Stored: numbers are for ever.</summary>
[Flags]
internal enum CellParts : uint
{
    None = 0,
    WideSum = 1,
    Extras = 2,
    Last = 4,
    Squares = 8,
    Distinct = 16,
    Few = 32,
    Registers = 64,
    Quantiles = 128,
}

/// <summary>Writes cells of panes or sessions as columns. Hot path: tens of nanoseconds for a cell without extras.</summary>
internal struct CellsWriter
{
    private readonly CellsPart _part;
    private readonly CellExtrasPart _extras = new();
    private Differences _lastMs;
    private Differences _lastTimes;
    private Differences _lastOffsets;
    private Differences _buckets;

    public CellsWriter(CellsPart part, int count)
    {
        _part = part;
        part.Counts.Capacity = part.SumsLow.Capacity = part.SumsHigh.Capacity = part.Mins.Capacity = part.Maxs.Capacity = part.LastMs.Capacity = part.Parts.Capacity = count;
        (_lastMs, _lastTimes, _lastOffsets, _buckets) = (new(part.LastMs), new(_extras.LastTimes), new(_extras.LastOffsets), new(_extras.Buckets));
    }

    public void Add(in CellState cell)
    {
        _part.Counts.Add(cell.Count);
        _part.SumsLow.Add(cell.Sum.Low);
        _part.SumsHigh.Add(cell.Sum.High);
        _part.Mins.Add(cell.Min);
        _part.Maxs.Add(cell.Max);
        _lastMs.Add(cell.LastMs);
        _part.Parts.Add((uint)PartsOf(cell));
        if (cell.Sum.Wide is { } wide)
            Add(wide);
        if (cell.Extras is { } extras)
            Add(extras);
    }

    public readonly void End()
    {
        // Whole numbers have no part below the point.
        Columns.DropZeros(_part.SumsLow);
        Columns.DropZeros(_part.Parts);
        if (_part.Parts.Count > 0)
            _part.Extras = _extras;
    }

    private static CellParts PartsOf(in CellState cell)
    {
        var parts = cell.Sum.Wide is null ? CellParts.None : CellParts.WideSum;
        if (cell.Extras is not { } extras)
            return parts;
        parts |= CellParts.Extras;
        if (extras.Last is not null)
            parts |= CellParts.Last;
        if (extras.Squares is not null)
            parts |= CellParts.Squares;
        if (extras.Distinct is { } distinct)
            parts |= CellParts.Distinct | (distinct.Few is null ? 0 : CellParts.Few) | (distinct.Registers is null ? 0 : CellParts.Registers);
        if (extras.Quantiles is not null)
            parts |= CellParts.Quantiles;
        return parts;
    }

    private void Add(CellExtrasState extras)
    {
        if (extras.Last is { } last)
            Add(last);
        if (extras.Squares is { } squares)
            Add(squares);
        if (extras.Distinct is { } distinct)
            Add(distinct);
        if (extras.Quantiles is { } quantiles)
            Add(quantiles);
    }

    private void Add(LastValue last)
    {
        _lastTimes.Add(last.TimeMs);
        _extras.LastPartitions.Add(last.Partition);
        _lastOffsets.Add(last.Offset);
        _extras.LastValues.Add(last.Value);
    }

    private readonly void Add(WideSumState sum)
    {
        _extras.WideLowest.Add(sum.Lowest);
        _extras.WideLimbCounts.Add((uint)sum.Limbs.Count);
        _extras.WideLimbs.AddRange(sum.Limbs);
    }

    private readonly void Add(DistinctSketchState distinct)
    {
        if (distinct.Few is { } few)
        {
            _extras.FewCounts.Add((uint)few.Count);
            _extras.Few.AddRange(few);
        }
        if (distinct.Registers is { } registers)
            _extras.Registers.Add(ByteString.CopyFrom(Columns.SpanOf(registers)));
    }

    private void Add(QuantileSketchState quantiles)
    {
        _extras.BucketCounts.Add((uint)quantiles.Buckets.Count);
        foreach (var bucket in Columns.SpanOf(quantiles.Buckets))
            _buckets.Add(bucket);
        _extras.BucketValues.AddRange(quantiles.Counts);
    }
}
