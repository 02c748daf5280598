using System.Globalization;

namespace ActorStream.Wire.Topics;

/// <summary>JSON numbers as doubles, always to the nearest double, as <see cref="System.Text.Json.Utf8JsonReader"/> reads them. Hot path.</summary>
internal static class JsonNumber
{
    private const int ExactDigitsMax = 15;

    /// <summary>Powers of ten that a double holds exactly, as far as they are needed.</summary>
    private static readonly double[] Tens = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>The length of the number that begins the text, by the grammar of RFC 8259; 0 when none does.</summary>
    public static int Scan(ReadOnlySpan<byte> text)
    {
        var at = 0;
        if (at < text.Length && text[at] == '-')
            at++;
        var whole = Digits(text, at);
        if (whole == 0 || (whole > 1 && text[at] == '0'))
            return 0;
        at += whole;
        if (at < text.Length && text[at] == '.')
        {
            var fraction = Digits(text, at + 1);
            if (fraction == 0)
                return 0;
            at += 1 + fraction;
        }
        if (at < text.Length && (text[at] | 0x20) == 'e')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-')
                at++;
            var exponent = Digits(text, at);
            if (exponent == 0)
                return 0;
            at += exponent;
        }
        return at;
    }

    /// <param name="number">A whole JSON number.</param>
    /// <returns>May be infinite: 1e999 is JSON. NaN when the text is no number.</returns>
    public static double Parse(ReadOnlySpan<byte> number)
    {
        if (TryExact(number, out var exact))
            return exact;
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
    }

    /// <summary>Up to fifteen digits, with or without a point: the digits and the power of ten are exact as doubles, so their quotient is the nearest double. Most samples are such numbers.</summary>
    private static bool TryExact(ReadOnlySpan<byte> number, out double value)
    {
        value = 0;
        var negative = !number.IsEmpty && number[0] == '-';
        var text = negative ? number[1..] : number;
        var (sum, digits, point) = (0L, 0, -1);
        foreach (var b in text)
        {
            if (b == '.' && point < 0 && digits > 0)
                point = digits;
            else if (char.IsAsciiDigit((char)b) && ++digits <= ExactDigitsMax)
                sum = (sum * 10) + (b - '0');
            else
                return false;
        }
        if (digits == 0 || point == digits)
            return false;
        value = point < 0 ? sum : sum / Tens[digits - point];
        if (negative)
            value = -value;
        return true;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at)
    {
        var end = at;
        while (end < text.Length && char.IsAsciiDigit((char)text[end]))
            end++;
        return end - at;
    }
}
