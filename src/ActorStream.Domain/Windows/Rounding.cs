using System.Numerics;

namespace ActorStream.Domain.Windows;

/// <summary>Between doubles and exact binary numbers.</summary>
internal static class Rounding
{
    private const int ExponentMin = -1022;

    /// <summary>|value| = mantissa times 2^exponent, exactly. The value is finite.</summary>
    public static (ulong Mantissa, int Exponent) Split(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & 0xF_FFFF_FFFF_FFFF;
        return exponent == 0 ? (fraction, -1074) : (fraction | 0x10_0000_0000_0000, exponent - 1075);
    }

    /// <summary>To the nearest double, ties to even.</summary>
    /// <param name="top">The number's 64 highest bits; its highest is set.</param>
    /// <param name="isMore">A bit below those is set.</param>
    /// <param name="exponent">Of the highest bit.</param>
    public static double ToDouble(ulong top, bool isMore, int exponent, bool isNegative)
    {
        if (exponent > 1023)
            return isNegative ? double.NegativeInfinity : double.PositiveInfinity;
        var kept = Math.Min(53, 53 + exponent - ExponentMin);
        if (kept < 0)
            return 0;
        var dropped = 64 - kept;
        var mantissa = dropped == 64 ? 0 : top >> dropped;
        var rest = top << kept;
        const ulong half = 1UL << 63;
        if (rest > half || (rest == half && (isMore || (mantissa & 1) == 1)))
            mantissa++;
        var magnitude = Math.ScaleB(mantissa, exponent - 63 + dropped);
        return isNegative ? -magnitude : magnitude;
    }

    /// <summary>The square root of number times 2^exponent, with a relative error below 2^-52. The number is not negative.</summary>
    public static double SquareRoot(BigInteger number, int exponent)
    {
        if (number.IsZero)
            return 0;
        var shift = (int)number.GetBitLength() - 62;
        if (((exponent + shift) & 1) != 0)
            shift++;
        var top = (double)(ulong)(shift >= 0 ? number >> shift : number << -shift);
        return Math.ScaleB(Math.Sqrt(top), (exponent + shift) / 2);
    }
}
