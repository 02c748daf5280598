using System.Text;

namespace ActorStream.Wire.Topics;

public enum UnreadableReason
{
    None,
    NullRecord,
    NotUtf8,
    NotJson,
    NotAnObject,
    NameInvalid,
    ValueMissing,
    ValueNotANumber,
    ValueNotFinite,
    TagsInvalid,
    TimeInvalid,
    TooFarInFuture,
}

/// <summary>Why a record or a sample was refused.</summary>
/// <param name="Sentence">Holds the value, the limit and the remedy.</param>
public readonly record struct Unreadable(UnreadableReason Reason, string Sentence)
{
    private const int ExcerptBytesMax = 60;

    /// <summary>The beginning of what was sent, for a sentence; any bytes will do.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> raw)
    {
        var cut = raw.Length <= ExcerptBytesMax ? raw : raw[..ExcerptBytesMax];
        var text = Encoding.UTF8.GetString(cut);
        return raw.Length <= ExcerptBytesMax ? text : text + "…";
    }
}
