using System.Globalization;

namespace ActorStream.Wire.Topics;

/// <summary>JSON numbers as doubles, always to the nearest double, as <see cref="System.Text.Json.Utf8JsonReader"/> reads them. Hot path.</summary>
internal static class JsonNumber
{
    private const int ExactDigitsMax = 15;

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
        if (TryWhole(number, out var whole))
            return whole;
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
    }

    // Up to fifteen digits are exact as a double; most samples are such numbers.
    private static bool TryWhole(ReadOnlySpan<byte> number, out double value)
    {
        value = 0;
        var negative = !number.IsEmpty && number[0] == '-';
        var digits = negative ? number[1..] : number;
        if (digits.IsEmpty || digits.Length > ExactDigitsMax)
            return false;
        var sum = 0L;
        foreach (var b in digits)
        {
            if (!char.IsAsciiDigit((char)b))
                return false;
            sum = (sum * 10) + (b - '0');
        }
        value = negative ? -(double)sum : sum;
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
