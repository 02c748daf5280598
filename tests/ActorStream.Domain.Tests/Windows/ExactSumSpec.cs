using System.Numerics;
using ActorStream.Domain.Windows;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

public sealed class ExactSumSpec
{
    // Ordinary decimals, whole numbers, and any bit pattern down to the smallest and up to the greatest.
    private static readonly Gen<double> GenValue = Gen.OneOf(
        Gen.Int[-1_000_000, 1_000_000].Select(i => i / 1_000.0),
        Gen.Int[-9, 9].Select(i => (double)i),
        Gen.Long.Select(l => (double)l),
        Gen.Select(Gen.Double[-1, 1], Gen.Int[-1_070, 1_023]).Select((m, e) => Math.ScaleB(m, e)),
        OneOf(double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 0.0, -0.0, 1e-5, 0.1, Math.ScaleB(1, 62), -Math.ScaleB(1, 62), Math.ScaleB(1, -64), Math.ScaleB(1, -65)));

    [Fact]
    public void The_sum_is_the_exact_one_rounded_once()
    {
        GenValue.Array[0, 40].Sample(values => Assert.Equal(Reference(values), Sum(values).ToDouble()), iter: 3_000);
    }

    [Fact]
    public void Order_and_grouping_do_not_change_a_bit_of_the_sum()
    {
        Gen.Select(GenValue.Array[1, 40], Gen.Int[0, 40], Gen.Int).Sample(
            (values, cut, seed) =>
            {
                double[] shuffled = [.. values];
                new Random(seed).Shuffle(shuffled);
                var (left, right) = (Sum(shuffled.AsSpan(0, Math.Min(cut, shuffled.Length))), Sum(shuffled.AsSpan(Math.Min(cut, shuffled.Length))));
                left.Merge(right);
                Assert.Equal(BitConverter.DoubleToInt64Bits(Sum(values).ToDouble()), BitConverter.DoubleToInt64Bits(left.ToDouble()));
            },
            iter: 2_000);
    }

    [Fact]
    public void A_captured_sum_goes_on_as_the_one_it_was_taken_from_and_is_not_changed_by_it()
    {
        Gen.Select(GenValue.Array[1, 20], GenValue.Array[1, 20]).Sample(
            (before, after) =>
            {
                var sum = Sum(before);
                var state = sum.Capture();
                foreach (var value in after)
                    sum.Add(value);
                var restored = ExactSum.From(state);
                Assert.Equal(Reference(before), restored.ToDouble());
                foreach (var value in after)
                    restored.Add(value);
                Assert.Equal(sum.ToDouble(), restored.ToDouble());
            },
            iter: 2_000);
    }

    [Theory]
    [InlineData(new[] { 1e16, 1, -1e16 }, 1)]
    [InlineData(new[] { 1e300, 3, -1e300 }, 3)]
    [InlineData(new[] { 0.1, 0.2, 0.3 }, 0.6)]
    [InlineData(new[] { double.MaxValue, double.MaxValue, -double.MaxValue }, double.MaxValue)]
    [InlineData(new[] { 9007199254740993.0, 1 }, 9007199254740992.0)]
    [InlineData(new double[0], 0)]
    public void Nothing_is_lost_on_the_way(double[] values, double sum) => Assert.Equal(sum, Sum(values).ToDouble());

    [Fact]
    public void Whole_numbers_add_up_exactly_beyond_what_doubles_hold()
    {
        var sum = default(ExactSum);
        for (var i = 0; i < 3; i++)
            sum.Add(long.MaxValue);
        sum.Add(-long.MaxValue);
        sum.Add(-long.MaxValue);
        sum.Add(1);
        sum.Add(-long.MaxValue);

        Assert.Equal(1, sum.ToDouble());
    }

    [Fact]
    public void An_average_of_values_whose_sum_no_double_holds_is_finite()
    {
        var sum = Sum([double.MaxValue, double.MaxValue, double.MaxValue]);

        Assert.Equal((double.PositiveInfinity, double.MaxValue), (sum.ToDouble(), sum.DividedBy(3)));
    }

    [Fact]
    public void What_is_not_finite_is_refused()
    {
        var sum = default(ExactSum);

        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add(double.NaN));
    }

    private static Gen<double> OneOf(params double[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ExactSum Sum(ReadOnlySpan<double> values)
    {
        var sum = default(ExactSum);
        foreach (var value in values)
            sum.Add(value);
        return sum;
    }

    /// <summary>In units of 2^-1074, rounded by comparing with the neighbours.</summary>
    private static double Reference(double[] values)
    {
        var exact = BigInteger.Zero;
        foreach (var value in values)
            exact += Units(value);
        var halfTop = Units(double.MaxValue) + (Units(double.MaxValue) - Units(Math.BitDecrement(double.MaxValue))) / 2;
        if (BigInteger.Abs(exact) >= halfTop)
            return exact.Sign < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        // The greatest double at or below it by bisection over the ordered bit patterns, then the nearer of two.
        var (low, high) = (0L, BitConverter.DoubleToInt64Bits(double.MaxValue));
        var magnitude = BigInteger.Abs(exact);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (Units(BitConverter.Int64BitsToDouble(middle)) <= magnitude)
                low = middle;
            else
                high = middle - 1;
        }
        var (below, above) = (BitConverter.Int64BitsToDouble(low), low == BitConverter.DoubleToInt64Bits(double.MaxValue) ? double.MaxValue : BitConverter.Int64BitsToDouble(low + 1));
        var (toBelow, toAbove) = (magnitude - Units(below), Units(above) - magnitude);
        var nearest = toBelow < toAbove || (toBelow == toAbove && (low & 1) == 0) || below == above ? below : above;
        return exact.Sign < 0 ? -nearest : nearest;
    }

    private static BigInteger Units(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var (exponent, fraction) = ((int)((bits >> 52) & 0x7FF), bits & 0xF_FFFF_FFFF_FFFF);
        var units = exponent == 0 ? fraction : (BigInteger)(fraction | (1L << 52)) << (exponent - 1);
        return bits < 0 ? -units : units;
    }
}
