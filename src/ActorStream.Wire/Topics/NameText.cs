using System.Text.Json;

namespace ActorStream.Wire.Topics;

/// <summary>Names of metrics: 1 to 200 UTF-8 bytes without control characters. Hot path.</summary>
internal static class NameText
{
    private const string Rule = "a name is a string of 1 to 200 UTF-8 bytes without control characters";

    /// <param name="into">At least <see cref="SampleIngest.NameBytesMax"/> bytes; gets the name without escapes.</param>
    public static bool TryRead(RawMember member, Span<byte> into, out int bytes, out Unreadable why)
    {
        bytes = 0;
        why = default;
        if (member.Type == JsonTokenType.None)
            why = Refuse($"The sample has no name; {Rule}.");
        else if (member.Type != JsonTokenType.String)
            why = Refuse($"name is {Unreadable.Excerpt(member.Text)}; {Rule}.");
        else if (!SampleParts.TryUnescape(member.Text, into[..SampleIngest.NameBytesMax], out bytes))
            why = Refuse($"name has {member.Text.Length - 2} bytes as written; {Rule}, and holds no half of a surrogate pair.");
        else if (bytes == 0)
            why = Refuse($"name is empty; {Rule}.");
        else if (HasControl(into[..bytes]))
            why = Refuse($"name {Unreadable.Excerpt(member.Text)} holds a control character; {Rule}.");
        return why.Reason == UnreadableReason.None;
    }

    /// <summary>U+0000 to U+001F, U+007F, and U+0080 to U+009F, which UTF-8 writes as C2 80 to C2 9F.</summary>
    public static bool HasControl(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] is < 0x20 or 0x7f || (utf8[i] == 0xc2 && i + 1 < utf8.Length && utf8[i + 1] <= 0x9f))
                return true;
        }
        return false;
    }

    private static Unreadable Refuse(string sentence) => new(UnreadableReason.NameInvalid, sentence);
}
