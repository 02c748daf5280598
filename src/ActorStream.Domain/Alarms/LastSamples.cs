using System.Buffers;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>The newest sample of each series of a metric, for operators: not journaled, read by no decision. Hot path: a bit per sample, a look-up per series and batch.</summary>
internal sealed class LastSamples
{
    public const int SeriesMax = 10_000;

    private readonly Dictionary<SeriesKey, LastSample> _bySeries = [];

    /// <summary>Of any series; null when none came since this incarnation began.</summary>
    public LastSample? Newest { get; private set; }

    public IEnumerable<KeyValuePair<SeriesKey, LastSample>> All => _bySeries;

    /// <summary>Null where none came since this incarnation began, or the series is one too many to remember.</summary>
    public LastSample? Of(SeriesKey series) => _bySeries.TryGetValue(series, out var last) ? last : null;

    /// <summary>Samples <paramref name="from"/> up to but not including <paramref name="to"/> were applied.</summary>
    public void Take(SampleBatch samples, int from, int to)
    {
        if (from >= to)
            return;
        Newest = At(samples, to - 1);
        if (samples.Columns.Series is { } series)
            TakeEach(samples, series.AsSpan(samples.Start, samples.Count), from, to);
        else
            Put(SeriesKey.Empty, Newest.Value);
    }

    private void TakeEach(SampleBatch samples, ReadOnlySpan<int> series, int from, int to)
    {
        var words = (samples.Columns.SeriesKeys.Count + 63) / 64;
        var seen = ArrayPool<ulong>.Shared.Rent(words);
        Array.Clear(seen, 0, words);
        for (var i = to - 1; i >= from; i--)
        {
            ref var word = ref seen[series[i] >> 6];
            var bit = 1UL << (series[i] & 63);
            if ((word & bit) != 0)
                continue;
            word |= bit;
            Put(samples.Columns.SeriesKeys[series[i]], At(samples, i));
        }
        ArrayPool<ulong>.Shared.Return(seen);
    }

    private void Put(SeriesKey series, LastSample last)
    {
        if (_bySeries.Count < SeriesMax || _bySeries.ContainsKey(series))
            _bySeries[series] = last;
    }

    private static LastSample At(SampleBatch samples, int index) =>
        new(samples.Values[index], samples.Columns.Times[samples.Start + index], samples.Columns.AppendTimes[samples.Start + index]);
}

internal readonly record struct LastSample(double Value, long TimeMs, long AppendTimeMs);
