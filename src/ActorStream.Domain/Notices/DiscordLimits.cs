namespace ActorStream.Domain.Notices;

/// <summary>What Discord takes in one message (compatibility.md 1.5). Lengths are counted in UTF-16 units, which is never less than the receiver counts.</summary>
public static class DiscordLimits
{
    public const int ContentMax = 2_000;
    public const int EmbedsMax = 10;

    /// <summary>Titles, descriptions, names and values of fields, all embeds of a message together.</summary>
    public const int EmbedsCharactersMax = 6_000;

    public const int TitleMax = 256;
    public const int DescriptionMax = 4_096;
    public const int FieldsMax = 25;
    public const int FieldNameMax = 256;
    public const int FieldValueMax = 1_024;
    public const int FooterMax = 2_048;
}
