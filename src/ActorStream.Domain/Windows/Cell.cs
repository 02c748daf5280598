using System.Runtime.CompilerServices;

namespace ActorStream.Domain.Windows;

/// <summary>What is kept of the events of one pane, window or session. Hot path; a mutable struct that lives in one place (<see cref="ExactSum"/>).</summary>
internal struct Cell
{
    private ExactSum _sum;
    private double _min;
    private double _max;
    private long _lastMs;
    private CellExtras? _extras;

    public long Count { get; private set; }

    public static Cell For(WindowPlan plan) =>
        new() { _min = double.PositiveInfinity, _max = double.NegativeInfinity, _lastMs = long.MinValue, _extras = CellExtras.For(plan.Aggregates) };

    public static Cell From(CellState state) => new()
    {
        Count = state.Count, _sum = ExactSum.From(state.Sum), _min = state.Min, _max = state.Max, _lastMs = state.LastMs,
        _extras = state.Extras is { } extras ? CellExtras.From(extras) : null,
    };

    public readonly CellState Capture() => new(Count, _sum.Capture(), _min, _max, _lastMs, _extras?.Capture());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double value, long timeMs)
    {
        // Negative zero would be a minimum that depends on the order.
        value += 0.0;
        Count++;
        if (value < _min)
            _min = value;
        if (value > _max)
            _max = value;
        if (timeMs > _lastMs)
            _lastMs = timeMs;
        _sum.Add(value);
    }

    public readonly void AddExtras(in WindowEvent e) => _extras?.Add(e);

    public void Merge(in Cell other)
    {
        Count += other.Count;
        _min = Math.Min(_min, other._min);
        _max = Math.Max(_max, other._max);
        _lastMs = Math.Max(_lastMs, other._lastMs);
        _sum.Merge(other._sum);
        if (other._extras is { } extras)
            _extras!.Merge(extras);
    }

    /// <summary>At least one event.</summary>
    public readonly WindowData Read(WindowPlan plan)
    {
        var data = new WindowData(Count, Math.Clamp(_sum.ToDouble(), double.MinValue, double.MaxValue), _min, _max, Math.Clamp(_sum.DividedBy(Count), _min, _max), _lastMs);
        return _extras is null ? data : _extras.Read(data, _sum, plan);
    }
}

/// <summary>One event as the aggregates see it.</summary>
/// <param name="Hash">Of what is counted as distinct.</param>
internal readonly record struct WindowEvent(long TimeMs, int Partition, long Offset, double Value, ulong Hash)
{
    public static WindowEvent Of(EventColumns columns, int at, int partition)
    {
        // Negative zero and zero are one value.
        var value = columns.Values[at] + 0.0;
        return new WindowEvent(columns.Times[at], partition, columns.Offsets[at], value, columns.DistinctHashes is { } hashes ? hashes[at] : DistinctSketch.HashOf(value));
    }
}

/// <summary>A pane, window or session as values.</summary>
/// <param name="LastMs">Greatest event time, epoch milliseconds.</param>
/// <param name="Extras">Null where the plan asks for none.</param>
public readonly record struct CellState(long Count, ExactSumState Sum, double Min, double Max, long LastMs, CellExtrasState? Extras);

/// <summary>State of the aggregates that were asked for; of the others null.</summary>
public sealed record CellExtrasState(LastValue? Last, WideSumState? Squares, DistinctSketchState? Distinct, QuantileSketchState? Quantiles);

/// <summary>The value with the greatest (event time, partition, offset); the greater one where even those are equal, as with two topics.</summary>
public readonly record struct LastValue(long TimeMs, int Partition, long Offset, double Value) : IComparable<LastValue>
{
    public int CompareTo(LastValue other) => (TimeMs, Partition, Offset, Value).CompareTo((other.TimeMs, other.Partition, other.Offset, other.Value));
}
