using System.Text;

namespace ActorStream.Edge.Tests.Fuzz;

/// <summary>Bodies that are nearly right: a good one, changed in one to six places. The same seed gives the same body.</summary>
internal static class Mutations
{
    private const int BytesMax = 4_096;

    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "\\", "null", "true", "NaN", "Infinity", "-", "1e999", "-0e-999", "1e-400", "0.1e+5", "00", "9223372036854775808", "-1",
            "{\"name\":\"m\",\"value\":1}", "\"ts\":1e3", "\"ts\":\"9999-12-31T23:59:60Z\"", "\"tags\":{\"a\":[]}", "\"tags\":{\"\":\"\"}", "\"threshold\":", "\"operator\":\"=>\"", "\"discord_webhook_url\":\"http://[::1]:1/\"",
            "\"window_duration_seconds\":1e308", "\"cooldown_seconds\":-0.0", "\"for_seconds\":1e18", "\"clear_when\":{\"operator\":\"<\"}", "\"tags\":{\"h\":[\"a\",1,null]}", "\"stale_after_seconds\":0.0001", "\n", "\r\n", "\t", " ", "[[[[[[[[", "é", "\u2028", "🚀",
        }.Select(Encoding.UTF8.GetBytes),
        [0x00], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xef, 0xbb, 0xbf],
    ];

    public static byte[] Of(IReadOnlyList<byte[]> seeds, Random random)
    {
        var body = new List<byte>(seeds[random.Next(seeds.Count)]);
        for (var left = 1 + random.Next(6); left > 0; left--)
            Change(body, seeds, random);
        return [.. body.Take(BytesMax)];
    }

    private static void Change(List<byte> body, IReadOnlyList<byte[]> seeds, Random random)
    {
        var at = random.Next(body.Count + 1);
        var length = Math.Min(body.Count - at, 1 + random.Next(12));
        switch (random.Next(7))
        {
            case 0 when at < body.Count:
                body[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                body.RemoveRange(at, length);
                break;
            case 2:
                body.InsertRange(at, body.GetRange(at, length));
                break;
            case 3:
                body.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 4:
                body.RemoveRange(at, length);
                body.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 5:
                body.RemoveRange(at, body.Count - at);
                break;
            default:
                var other = seeds[random.Next(seeds.Count)];
                body.InsertRange(at, other.Skip(random.Next(other.Length + 1)));
                break;
        }
    }
}
