namespace ActorStream.Domain.Windows;

/// <summary>The aggregates of a cell that a plan asks for beyond the basic ones.</summary>
internal sealed class CellExtras
{
    private static readonly LastValue Before = new(long.MinValue, 0, 0, 0);

    private LastValue? _last;
    private WideSum? _squares;
    private DistinctSketch? _distinct;
    private QuantileSketch? _quantiles;

    public static CellExtras? For(AggregateKind kinds) => kinds == AggregateKind.Basic ? null : new CellExtras
    {
        _last = kinds.HasFlag(AggregateKind.Last) ? Before : null,
        _squares = kinds.HasFlag(AggregateKind.StdDev) ? new WideSum() : null,
        _distinct = kinds.HasFlag(AggregateKind.Distinct) ? new DistinctSketch() : null,
        _quantiles = kinds.HasFlag(AggregateKind.Quantiles) ? new QuantileSketch() : null,
    };

    public static CellExtras From(CellExtrasState state) => new()
    {
        _last = state.Last,
        _squares = state.Squares is { } squares ? WideSum.From(squares) : null,
        _distinct = state.Distinct is { } distinct ? DistinctSketch.From(distinct) : null,
        _quantiles = state.Quantiles is { } quantiles ? QuantileSketch.From(quantiles) : null,
    };

    public CellExtrasState Capture() => new(_last, _squares?.Capture(), _distinct?.Capture(), _quantiles?.Capture());

    public void Add(in WindowEvent e)
    {
        if (_last is { } last)
            _last = Later(last, new LastValue(e.TimeMs, e.Partition, e.Offset, e.Value));
        _squares?.AddSquare(e.Value);
        _distinct?.Add(e.Hash);
        _quantiles?.Add(e.Value);
    }

    public void Merge(CellExtras other)
    {
        if (_last is { } last)
            _last = Later(last, other._last!.Value);
        _squares?.Merge(other._squares!);
        _distinct?.Merge(other._distinct!);
        _quantiles?.Merge(other._quantiles!);
    }

    public WindowData Read(WindowData data, in ExactSum sum, WindowPlan plan) => data with
    {
        Last = _last?.Value,
        StdDev = _squares is null ? null : Deviation(data.Count, sum.ToWide(), _squares),
        Distinct = _distinct?.Read(),
        Ranks = _quantiles is null ? null : plan.Quantiles,
        Quantiles = _quantiles is null ? null : [.. _quantiles.Read(plan.Quantiles).Select(q => Math.Clamp(q, data.Min, data.Max))],
    };

    /// <summary>sqrt(n Σx² − (Σx)²) / n, its radicand exact.</summary>
    private static double Deviation(long count, WideSum sum, WideSum squares)
    {
        var ((s, sumExponent), (q, squaresExponent)) = (sum.ToBigInteger(), squares.ToBigInteger());
        var exponent = Math.Min(2 * sumExponent, squaresExponent);
        var radicand = ((q * count) << (squaresExponent - exponent)) - ((s * s) << ((2 * sumExponent) - exponent));
        return Rounding.SquareRoot(radicand, exponent) / count;
    }

    private static LastValue Later(LastValue a, LastValue b) => a.CompareTo(b) >= 0 ? a : b;
}
