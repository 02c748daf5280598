using System.Buffers.Text;

namespace ActorStream.Wire.Topics;

/// <summary>Times as samples carry them: RFC 3339 text or whole epoch milliseconds. Hot path: no object, no culture.</summary>
internal static class TimeText
{
    /// <summary>0001-01-01T00:00:00Z.</summary>
    public const long TimeMsMin = -62_135_596_800_000;

    /// <summary>9999-12-31T23:59:59.999Z.</summary>
    public const long TimeMsMax = 253_402_300_799_999;

    /// <summary>Of what <see cref="TryFormat"/> writes: <c>2025-11-24T16:00:00.000Z</c>.</summary>
    public const int Iso8601Bytes = 24;

    private const int DateAndTimeBytes = 19;

    /// <summary>Whole numbers within the years 1 to 9999 only; no fraction, no exponent.</summary>
    public static bool TryMilliseconds(ReadOnlySpan<byte> number, out long timeMs) =>
        Utf8Parser.TryParse(number, out timeMs, out var consumed) && consumed == number.Length && IsInRange(timeMs);

    /// <summary>RFC 3339; a space for the T as its note allows; finer than a millisecond is cut off; second 60 is the second after 59.</summary>
    public static bool TryRfc3339(ReadOnlySpan<byte> text, out long timeMs) => TryDateAndTime(text, mustHaveOffset: true, out timeMs);

    /// <summary>As RFC 3339, and without an offset it is UTC.</summary>
    public static bool TryIso8601(ReadOnlySpan<byte> text, out long timeMs) => TryDateAndTime(text, mustHaveOffset: false, out timeMs);

    /// <summary>ISO 8601 in UTC with milliseconds; false, and nothing written, beyond the years 1 to 9999.</summary>
    public static bool TryFormat(long timeMs, Span<byte> into)
    {
        if (!IsInRange(timeMs))
            return false;
        "0000-00-00T00:00:00.000Z"u8.CopyTo(into);
        var (days, inDay) = Math.DivRem(timeMs - TimeMsMin, 86_400_000L);
        var (year, month, day) = DateOnly.FromDayNumber((int)days);
        var rest = (int)inDay;
        Put(into, 0, 4, year);
        Put(into, 5, 2, month);
        Put(into, 8, 2, day);
        Put(into, 11, 2, rest / 3_600_000);
        Put(into, 14, 2, rest / 60_000 % 60);
        Put(into, 17, 2, rest / 1_000 % 60);
        Put(into, 20, 3, rest % 1_000);
        return true;
    }

    private static void Put(Span<byte> into, int start, int length, int value)
    {
        for (var i = start + length - 1; i >= start; i--, value /= 10)
            into[i] = (byte)('0' + (value % 10));
    }

    private static bool TryDateAndTime(ReadOnlySpan<byte> text, bool mustHaveOffset, out long timeMs)
    {
        timeMs = 0;
        if (text.Length < DateAndTimeBytes || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':' || text[16] != ':')
            return false;
        if (!Number(text, 0, 4, out var year) || !Number(text, 5, 2, out var month) || !Number(text, 8, 2, out var day)
            || !Number(text, 11, 2, out var hour) || !Number(text, 14, 2, out var minute) || !Number(text, 17, 2, out var second))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60)
            return false;
        if (!TryFraction(text[DateAndTimeBytes..], out var milliseconds, out var rest) || !TryOffset(rest, mustHaveOffset, out var offsetMinutes))
            return false;
        var days = new DateOnly(year, month, day).DayNumber;
        timeMs = TimeMsMin + (days * 86_400_000L) + (((((hour * 60L) + minute - offsetMinutes) * 60) + second) * 1000) + milliseconds;
        return IsInRange(timeMs);
    }

    private static bool TryFraction(ReadOnlySpan<byte> text, out int milliseconds, out ReadOnlySpan<byte> rest)
    {
        milliseconds = 0;
        rest = text;
        if (text.IsEmpty || text[0] != '.')
            return true;
        var end = 1;
        for (var weight = 100; end < text.Length && char.IsAsciiDigit((char)text[end]); end++, weight /= 10)
            milliseconds += (text[end] - '0') * weight;
        rest = text[end..];
        return end > 1;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, bool mustBeThere, out int minutes)
    {
        minutes = 0;
        if (text.IsEmpty)
            return !mustBeThere;
        if (text.Length == 1)
            return text[0] is (byte)'Z' or (byte)'z';
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':' || !Number(text, 1, 2, out var hour) || !Number(text, 4, 2, out var minute))
            return false;
        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return hour <= 23 && minute <= 59;
    }

    private static bool Number(ReadOnlySpan<byte> text, int start, int length, out int value)
    {
        value = 0;
        foreach (var b in text.Slice(start, length))
        {
            if (!char.IsAsciiDigit((char)b))
                return false;
            value = (value * 10) + (b - '0');
        }
        return true;
    }

    private static bool IsInRange(long timeMs) => timeMs is >= TimeMsMin and <= TimeMsMax;
}
