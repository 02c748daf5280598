using System.Text.Json;

namespace ActorStream.Node.Demo;

/// <summary>What Discord would refuse in a webhook message (compatibility.md 1.5).</summary>
internal static class DiscordLimits
{
    private const int ContentMax = 2000;
    private const int EmbedsMax = 10;
    private const int FieldsMax = 25;
    private const int CharactersMax = 6000;

    /// <summary>Null: Discord would take it. Else the first limit it breaks.</summary>
    public static string? WhyRefused(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return "the message is no object";
        if (!message.TryGetProperty("embeds", out var embeds) || embeds.ValueKind != JsonValueKind.Array || embeds.GetArrayLength() is < 1 or > EmbedsMax)
            return $"embeds is no list of 1 to {EmbedsMax}";
        if (TextOf(message, "content").Length > ContentMax)
            return $"content is over {ContentMax} characters";
        var characters = 0;
        foreach (var embed in embeds.EnumerateArray())
            if (WhyEmbedRefused(embed, ref characters) is { } why)
                return why;
        return characters > CharactersMax ? $"the embeds hold {characters} characters, over {CharactersMax}" : null;
    }

    public static string TextOf(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    public static IEnumerable<JsonElement> FieldsOf(JsonElement embed) =>
        embed.TryGetProperty("fields", out var fields) && fields.ValueKind == JsonValueKind.Array ? fields.EnumerateArray() : [];

    private static string? WhyEmbedRefused(JsonElement embed, ref int characters)
    {
        if (embed.ValueKind != JsonValueKind.Object)
            return "an embed is no object";
        var footer = embed.TryGetProperty("footer", out var f) ? TextOf(f, "text") : "";
        (string What, string Text, int Most)[] texts = [("title", TextOf(embed, "title"), 256), ("description", TextOf(embed, "description"), 4096), ("footer", footer, 2048)];
        var fields = FieldsOf(embed).ToList();
        if (fields.Count > FieldsMax)
            return $"an embed has {fields.Count} fields, over {FieldsMax}";
        if (fields.Any(x => TextOf(x, "name").Length == 0 || TextOf(x, "value").Length == 0))
            return "a field has no name or no string value";
        foreach (var (what, text, most) in texts.Concat(fields.SelectMany(x => new[] { ("field name", TextOf(x, "name"), 256), ("field value", TextOf(x, "value"), 1024) })))
        {
            if (text.Length > most)
                return $"a {what} has {text.Length} characters, over {most}";
            characters += text.Length;
        }
        return null;
    }
}
