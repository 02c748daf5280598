using System.Text.Json;

namespace ActorStream.Scenarios.Notices;

/// <summary>What Discord documents about the lengths of a webhook message; written from its pages, not from our code.</summary>
internal static class DiscordRules
{
    private const int CharactersMax = 6_000;

    /// <summary>Null: it would take the message.</summary>
    public static string? WhyRefused(JsonElement message)
    {
        var embeds = message.GetProperty("embeds").EnumerateArray().ToArray();
        if (embeds.Length is < 1 or > 10)
            return $"{embeds.Length} embeds";
        if (!message.TryGetProperty("allowed_mentions", out var mentions) || mentions.GetProperty("parse").GetArrayLength() > 0)
            return "somebody could be pinged";
        if (embeds.Select(e => e.GetProperty("url").GetString()).Distinct().Count() < embeds.Length)
            return "embeds of one url would be merged";
        var texts = embeds.SelectMany(TextsOf).ToArray();
        if (Array.Find(texts, t => t.Text.Length == 0 || t.Text.Length > t.Max) is { What: { } what } wrong)
            return $"{wrong.Text.Length} characters of {what}";
        return texts.Sum(t => t.Text.Length) is var sum and > CharactersMax ? $"{sum} characters in all" : null;
    }

    private static IEnumerable<(string What, string Text, int Max)> TextsOf(JsonElement embed)
    {
        yield return ("title", embed.GetProperty("title").GetString()!, 256);
        yield return ("description", embed.GetProperty("description").GetString()!, 4_096);
        var fields = embed.GetProperty("fields").EnumerateArray().ToArray();
        yield return ("fields", new string('f', fields.Length), 25);
        foreach (var field in fields)
        {
            yield return ("field name", field.GetProperty("name").GetString()!, 256);
            yield return ("field value", field.GetProperty("value").GetString()!, 1_024);
        }
    }
}
