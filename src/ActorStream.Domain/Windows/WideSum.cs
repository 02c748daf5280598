using System.Numerics;

namespace ActorStream.Domain.Windows;

/// <summary>An exact binary number of any range, for what the 128 bits of <see cref="ExactSum"/> cannot hold, and for sums of squares.</summary>
/// <remarks>
/// Two's complement in limbs of 64 bits; limb i weighs 2^(64 (lowest + i)). Grows at both ends as values need it.
/// The highest limb is all zeros or all ones: it is the sign, and the room for a carry.
/// </remarks>
internal sealed class WideSum
{
    private ulong[] _limbs = [];
    private int _lowest;

    public static WideSum From(WideSumState state) => new() { _limbs = [.. state.Limbs], _lowest = state.Lowest };

    /// <summary>Equal numbers give equal states.</summary>
    public WideSumState Capture()
    {
        var from = 0;
        while (from < _limbs.Length && _limbs[from] == 0)
            from++;
        if (from == _limbs.Length)
            return new WideSumState(0, []);
        var to = _limbs.Length;
        while (to - 2 >= from && _limbs[to - 2] == _limbs[to - 1])
            to--;
        return new WideSumState(_lowest + from, _limbs[from..to]);
    }

    /// <summary>Adds ± magnitude times 2^exponent.</summary>
    public void Add(UInt128 magnitude, int exponent, bool isNegative)
    {
        var (first, shift) = (exponent >> 6, exponent & 63);
        var (low, high) = ((ulong)magnitude, (ulong)(magnitude >> 64));
        Span<ulong> limbs = [low << shift, (high << shift) | (low >> 1 >> (63 - shift)), high >> 1 >> (63 - shift), 0];
        if (isNegative)
            Negate(limbs);
        AddLimbs(limbs, first);
    }

    /// <summary>Adds the square of a finite value.</summary>
    public void AddSquare(double value)
    {
        var (mantissa, exponent) = Rounding.Split(value);
        if (mantissa == 0)
            return;
        var zeros = BitOperations.TrailingZeroCount(mantissa);
        mantissa >>= zeros;
        Add((UInt128)mantissa * mantissa, 2 * (exponent + zeros), isNegative: false);
    }

    /// <summary>Adds a 128-bit two's complement number of units of 2^exponent, a multiple of 64.</summary>
    public void AddFixed(ulong low, long high, int exponent)
    {
        if ((low | (ulong)high) != 0)
            AddLimbs([low, (ulong)high, (ulong)(high >> 63)], exponent >> 6);
    }

    public void Merge(WideSum other)
    {
        if (other._limbs.Length > 0)
            AddLimbs(other._limbs, other._lowest);
    }

    /// <summary>The number times 2^exponent, to the nearest double, ties to even; infinite beyond its range.</summary>
    public double ToDouble(int exponent)
    {
        if (_limbs.Length == 0)
            return 0;
        var isNegative = (long)_limbs[^1] < 0;
        ulong[] magnitude = [.. _limbs];
        if (isNegative)
            Negate(magnitude);
        var at = magnitude.Length - 1;
        while (at >= 0 && magnitude[at] == 0)
            at--;
        if (at < 0)
            return 0;
        var leading = BitOperations.LeadingZeroCount(magnitude[at]);
        var below = at > 0 ? magnitude[at - 1] : 0;
        var top = (magnitude[at] << leading) | (below >> 1 >> (63 - leading));
        var isMore = below << leading != 0 || magnitude.AsSpan(0, Math.Max(at - 1, 0)).ContainsAnyExcept(0UL);
        return Rounding.ToDouble(top, isMore, (64 * (_lowest + at)) + 63 - leading + exponent, isNegative);
    }

    /// <summary>number times 2^exponent, exactly.</summary>
    public (BigInteger Number, int Exponent) ToBigInteger() =>
        (new BigInteger(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_limbs.AsSpan())), 64 * _lowest);

    /// <param name="limbs">Two's complement; the highest is all sign.</param>
    private void AddLimbs(ReadOnlySpan<ulong> limbs, int first)
    {
        MakeRoom(first, first + limbs.Length);
        var at = first - _lowest;
        var carry = 0UL;
        var sign = limbs.Length == 0 ? 0 : (ulong)((long)limbs[^1] >> 63);
        for (var i = 0; at < _limbs.Length; i++, at++)
        {
            var addend = i < limbs.Length ? limbs[i] : sign;
            var partial = _limbs[at] + addend;
            var sum = partial + carry;
            carry = (partial < addend ? 1UL : 0) | (sum < partial ? 1UL : 0);
            _limbs[at] = sum;
        }
        if (_limbs[^1] is not (0 or ulong.MaxValue))
            _limbs = [.. _limbs, (ulong)((long)_limbs[^1] >> 63)];
    }

    /// <summary>Limbs from <paramref name="from"/> up to but not including <paramref name="to"/> exist.</summary>
    private void MakeRoom(int from, int to)
    {
        if (_limbs.Length == 0)
            _lowest = from;
        else if (from >= _lowest && to <= _lowest + _limbs.Length)
            return;
        var lowest = Math.Min(from, _lowest);
        var highest = Math.Max(to, _lowest + _limbs.Length);
        var grown = new ulong[highest - lowest];
        _limbs.CopyTo(grown, _lowest - lowest);
        if (_limbs.Length > 0)
            grown.AsSpan(_lowest - lowest + _limbs.Length).Fill((ulong)((long)_limbs[^1] >> 63));
        (_limbs, _lowest) = (grown, lowest);
    }

    private static void Negate(Span<ulong> limbs)
    {
        var carry = 1UL;
        foreach (ref var limb in limbs)
        {
            limb = ~limb + carry;
            carry = limb == 0 ? carry : 0;
        }
    }
}

/// <summary>A two's complement number in limbs of 64 bits, lowest first; limb i weighs 2^(64 (lowest + i)).</summary>
public sealed record WideSumState(int Lowest, IReadOnlyList<ulong> Limbs);
