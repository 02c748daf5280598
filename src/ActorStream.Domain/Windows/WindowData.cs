namespace ActorStream.Domain.Windows;

/// <summary>What a window says of its events. Depends on the set of events only: not on their order, nor on chunks, panes or crashes.</summary>
/// <param name="Sum">The exact sum, rounded once; beyond ±1.8e308 that bound.</param>
/// <param name="Avg">The sum divided by the count.</param>
/// <param name="LastUpdatedMs">Greatest event time, epoch milliseconds.</param>
public sealed record WindowData(long Count, double Sum, double Min, double Max, double Avg, long LastUpdatedMs)
{
    /// <summary>Of a window that was retracted.</summary>
    public static readonly WindowData None = new(0, 0, 0, 0, 0, 0);

    /// <summary>Null, like all that follow, unless the plan asks for it.</summary>
    public double? Last { get; init; }

    /// <summary>Of the population; from exact sums, so that nothing cancels.</summary>
    public double? StdDev { get; init; }

    public long? Distinct { get; init; }

    /// <summary>One for each of <see cref="Ranks"/>.</summary>
    public IReadOnlyList<double>? Quantiles { get; init; }

    /// <summary>Which quantiles these are, each from 0 to 1: a result says what it holds, whatever the plan asks for when it is written. Null in results stored before they said so.</summary>
    public IReadOnlyList<double>? Ranks { get; init; }
}
