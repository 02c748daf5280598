using System.Runtime.InteropServices;

namespace ActorStream.Domain.Windows;

/// <summary>Quantiles of any number of finite values with a relative error of at most 1 %, whatever their order and grouping.</summary>
/// <remarks>
/// Each power of two is cut into 50 equal buckets, whose width is at most 2 % of their lower end; a quantile is told as the bucket's harmonic middle.
/// Integers alone decide the bucket, so that all machines agree. Buckets are never merged: memory grows with the spread of the values, by about
/// 2,300 buckets for fifteen decimal powers. Magnitudes below 2.3e-308 count as zero.
/// After: Masson, Rim, Lee, DDSketch (VLDB 2019), with the linear mapping of its authors' libraries.
/// </remarks>
public sealed class QuantileSketch
{
    public const double RelativeError = 0.01;
    private const int BucketsPerOctave = 50;

    private readonly Dictionary<int, long> _buckets = [];

    public long Count { get; private set; }

    public static QuantileSketch From(QuantileSketchState state)
    {
        var sketch = new QuantileSketch();
        for (var i = 0; i < state.Buckets.Count; i++)
            sketch.Add(state.Buckets[i], state.Counts[i]);
        return sketch;
    }

    public void Add(double value) => Add(BucketOf(value), 1);

    public void Merge(QuantileSketch other)
    {
        foreach (var (bucket, count) in other._buckets)
            Add(bucket, count);
    }

    public QuantileSketchState Capture()
    {
        int[] buckets = [.. _buckets.Keys.Order()];
        return new QuantileSketchState(buckets, [.. buckets.Select(b => _buckets[b])]);
    }

    /// <summary>For each q from 0 to 1, the value of rank floor(q (n - 1)), counted from 0 in ascending order. At least one value was added.</summary>
    public IReadOnlyList<double> Read(IReadOnlyList<double> quantiles)
    {
        var state = Capture();
        return [.. quantiles.Select(q => ValueAt(state, (long)Math.Floor(q * (Count - 1))))];
    }

    private static double ValueAt(QuantileSketchState state, long rank)
    {
        var at = 0;
        for (var passed = state.Counts[0]; passed <= rank && at < state.Counts.Count - 1; passed += state.Counts[at])
            at++;
        return MiddleOf(state.Buckets[at]);
    }

    private void Add(int bucket, long count)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_buckets, bucket, out _) += count;
        Count += count;
    }

    /// <summary>Rises with the value; 0 for zero.</summary>
    private static int BucketOf(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var octave = (int)((bits >> 52) & 0x7FF);
        if (octave == 0)
            return 0;
        var bucket = (octave * BucketsPerOctave) + (int)(((bits & 0xF_FFFF_FFFF_FFFF) * BucketsPerOctave) >> 52);
        return (long)bits < 0 ? -bucket : bucket;
    }

    private static double MiddleOf(int bucket)
    {
        if (bucket == 0)
            return 0;
        var (octave, part) = Math.DivRem(Math.Abs(bucket), BucketsPerOctave);
        var (low, high) = (1 + ((double)part / BucketsPerOctave), 1 + ((part + 1.0) / BucketsPerOctave));
        var middle = Math.ScaleB(2 * low * high / (low + high), octave - 1023);
        return bucket < 0 ? -middle : middle;
    }
}

/// <summary>Buckets ascending, and how many values each holds.</summary>
public sealed record QuantileSketchState(IReadOnlyList<int> Buckets, IReadOnlyList<long> Counts);
