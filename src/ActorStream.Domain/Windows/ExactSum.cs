using System.Numerics;
using System.Runtime.CompilerServices;

namespace ActorStream.Domain.Windows;

/// <summary>The exact sum of finite doubles, so that a result depends neither on their order nor on how they were grouped. Hot path.</summary>
/// <remarks>
/// Outline: 1. a value that is a multiple of 2^-64 and below 2^62 joins a 128-bit fixed-point number; 2. any other value, and a number that
/// would leave ± 2^62, goes to a wider one (<see cref="WideSum"/>); 3. the sum is rounded once, when it is read.
/// After: Neal, Fast exact summation using small and large superaccumulators (2015).
/// A mutable struct whose copies share the wide part: hold it in one place, and take it elsewhere by <see cref="Merge"/> or <see cref="Capture"/>.
/// </remarks>
public struct ExactSum
{
    private const int LowestBit = -64;
    private const int ShiftMax = 73;
    private const long HighMax = 1L << 62;

    private ulong _low;
    private long _high;
    private WideSum? _wide;

    public readonly ExactSumState Capture() => new(_low, _high, _wide?.Capture());

    public static ExactSum From(ExactSumState state) => new() { _low = state.Low, _high = state.High, _wide = state.Wide is { } wide ? WideSum.From(wide) : null };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var shift = (int)((bits >> 52) & 0x7FF) - (1075 + LowestBit);
        if ((uint)shift > ShiftMax)
        {
            AddUnusual(value);
            return;
        }
        var mantissa = (bits & 0xF_FFFF_FFFF_FFFF) | 0x10_0000_0000_0000;
        // Shifts take their count modulo 64; the second one in two steps, so that a shift by 0 gives 0.
        var (low, high) = shift < 64 ? (mantissa << shift, mantissa >> 1 >> (63 - shift)) : (0UL, mantissa << (shift - 64));
        if ((long)bits >= 0)
            AddFixed(low, (long)high);
        else
            AddFixed(0 - low, ~(long)high + (low == 0 ? 1 : 0));
    }

    public void Merge(in ExactSum other)
    {
        AddFixed(other._low, other._high);
        if (other._wide is { } wide)
            (_wide ??= new WideSum()).Merge(wide);
    }

    /// <summary>To the nearest double, ties to even; infinite beyond its range.</summary>
    public readonly double ToDouble() => Scaled(0);

    /// <summary>The sum divided by a count of at least 1: one rounding more than the sum itself; finite whatever the sum.</summary>
    public readonly double DividedBy(long count)
    {
        var sum = ToDouble();
        return double.IsFinite(sum) ? sum / count : Math.ScaleB(Scaled(-64) / count, 64);
    }

    internal readonly WideSum ToWide()
    {
        var all = new WideSum();
        all.AddFixed(_low, _high, LowestBit);
        if (_wide is not null)
            all.Merge(_wide);
        return all;
    }

    private readonly double Scaled(int exponent)
    {
        if (_wide is not null)
            return ToWide().ToDouble(exponent);
        var number = new Int128((ulong)_high, _low);
        var isNegative = _high < 0;
        var magnitude = (UInt128)(isNegative ? -number : number);
        if (magnitude == UInt128.Zero)
            return 0;
        var leading = (int)UInt128.LeadingZeroCount(magnitude);
        var aligned = magnitude << leading;
        return Rounding.ToDouble((ulong)(aligned >> 64), (ulong)aligned != 0, 127 - leading + LowestBit + exponent, isNegative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddFixed(ulong low, long high)
    {
        var sum = _low + low;
        _high += high + (sum < low ? 1 : 0);
        _low = sum;
        if ((ulong)(_high + HighMax) >= 2 * (ulong)HighMax)
            Spill();
    }

    private void Spill()
    {
        (_wide ??= new WideSum()).AddFixed(_low, _high, LowestBit);
        (_low, _high) = (0, 0);
    }

    private void AddUnusual(double value)
    {
        if (value == 0)
            return;
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(value), value, "Only finite values have a sum.");
        var (mantissa, exponent) = Rounding.Split(value);
        var zeros = BitOperations.TrailingZeroCount(mantissa);
        (mantissa, exponent) = (mantissa >> zeros, exponent + zeros);
        // Small ones often end above 2^-64 all the same.
        if (exponent is >= LowestBit and < 0)
        {
            var fixedPoint = (Int128)mantissa << (exponent - LowestBit);
            fixedPoint = value < 0 ? -fixedPoint : fixedPoint;
            AddFixed((ulong)fixedPoint, (long)(fixedPoint >> 64));
        }
        else
        {
            (_wide ??= new WideSum()).Add(mantissa, exponent, value < 0);
        }
    }
}

/// <summary>An <see cref="ExactSum"/> as values: a 128-bit two's complement number of units of 2^-64, and what lies outside of that.</summary>
public readonly record struct ExactSumState(ulong Low, long High, WideSumState? Wide);
