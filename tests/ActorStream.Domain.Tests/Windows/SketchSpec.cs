using ActorStream.Domain.Windows;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

public sealed class SketchSpec
{
    private static readonly double[] Quantiles = [0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1];

    private static readonly Gen<double> GenValue = Gen.OneOf(
        Gen.Int[-1_000, 1_000].Select(i => i / 10.0),
        Gen.Select(Gen.Double[-1, 1], Gen.Int[-900, 1_000]).Select((m, e) => Math.ScaleB(m, e)).Select(v => double.IsSubnormal(v) ? 0 : v),
        OneOf(0.0, double.MaxValue, double.MinValue, 1, -1));

    [Fact]
    public void A_quantile_is_within_one_percent_of_the_value_of_its_rank()
    {
        GenValue.Array[1, 200].Sample(
            values =>
            {
                double[] sorted = [.. values.Order()];
                var read = Sketch(values).Read(Quantiles);
                for (var i = 0; i < Quantiles.Length; i++)
                {
                    var exact = sorted[(int)Math.Floor(Quantiles[i] * (sorted.Length - 1))];
                    Assert.True(Math.Abs(read[i] - exact) <= QuantileSketch.RelativeError * Math.Abs(exact), $"q {Quantiles[i]} of {values.Length}: {read[i]:R} for {exact:R}");
                }
            },
            iter: 2_000);
    }

    [Fact]
    public void Merged_and_restored_quantiles_are_those_of_all_values()
    {
        Gen.Select(GenValue.Array[1, 50], GenValue.Array[1, 50]).Sample(
            (a, b) =>
            {
                var merged = QuantileSketch.From(Sketch(b).Capture());
                merged.Merge(Sketch(a));
                Assert.Equal(Sketch([.. a, .. b]).Read(Quantiles), merged.Read(Quantiles));
                Assert.Equal(a.Length + b.Length, merged.Count);
            },
            iter: 2_000);
    }

    [Fact]
    public void Distinct_is_exact_while_there_are_few()
    {
        var sketch = new DistinctSketch();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < DistinctSketch.ExactMax; i++)
                sketch.Add(DistinctSketch.HashOf(i / 4.0));
        }

        Assert.Equal(DistinctSketch.ExactMax, sketch.Read());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(3_000)]
    [InlineData(12_000)]
    [InlineData(50_000)]
    public void Distinct_of_many_keeps_its_standard_error(int count)
    {
        const int trials = 40;
        var squares = 0.0;
        for (var trial = 0; trial < trials; trial++)
        {
            var sketch = new DistinctSketch();
            for (var i = 0; i < count; i++)
                sketch.Add(DistinctSketch.HashOf((trial * 1_000_000.0) + i));
            var error = (sketch.Read() / (double)count) - 1;
            squares += error * error;
        }

        // 1.63 %, and room for what forty trials of it may be.
        Assert.InRange(Math.Sqrt(squares / trials), 0, 0.0163 * 1.35);
    }

    [Fact]
    public void Distinct_does_not_depend_on_order_or_grouping()
    {
        Gen.Select(Gen.Int[1, 600], Gen.Int[0, 600], Gen.Int).Sample(
            (count, cut, seed) =>
            {
                double[] values = [.. Enumerable.Range(0, count).Select(i => (double)(i % 450))];
                var all = Distinct(values);
                new Random(seed).Shuffle(values);
                var merged = DistinctSketch.From(Distinct(values.Take(cut)).Capture());
                merged.Merge(Distinct(values.Skip(cut)));
                var (a, b) = (all.Capture(), merged.Capture());
                Assert.Equal(a.Few, b.Few);
                Assert.Equal(a.Registers, b.Registers);
                Assert.Equal(all.Read(), merged.Read());
            },
            iter: 500);
    }

    private static Gen<double> OneOf(params double[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static QuantileSketch Sketch(double[] values)
    {
        var sketch = new QuantileSketch();
        foreach (var value in values)
            sketch.Add(value);
        return sketch;
    }

    private static DistinctSketch Distinct(IEnumerable<double> values)
    {
        var sketch = new DistinctSketch();
        foreach (var value in values)
            sketch.Add(DistinctSketch.HashOf(value));
        return sketch;
    }
}
