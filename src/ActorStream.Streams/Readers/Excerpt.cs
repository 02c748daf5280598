using System.Text;

namespace ActorStream.Streams.Readers;

/// <summary>The beginning of a record as text for people: at most 256 bytes, control characters replaced.</summary>
internal static class Excerpt
{
    private const int BytesMax = 256;

    public static string Of(ReadOnlySpan<byte> record)
    {
        var text = Encoding.UTF8.GetString(record[..Math.Min(record.Length, BytesMax)]);
        return string.Create(text.Length, text, static (chars, source) =>
        {
            for (var i = 0; i < chars.Length; i++)
                chars[i] = char.IsControl(source[i]) ? '·' : source[i];
        });
    }
}
