using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStream.Domain.Alarms;

namespace ActorStream.Domain.Notices;

/// <summary>The body of a request to a Discord webhook: one embed per alarm (compatibility.md 1.5). A message and its edit have the same form.</summary>
public static class DiscordMessage
{
    // Not HTML: escaping <, > and everything beyond ASCII would only make names unreadable on the wire.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How many of the first alarms go into one message; at least one, at most <see cref="DiscordLimits.EmbedsMax"/>.</summary>
    public static int Fit(IReadOnlyList<AlarmRecord> alarms)
    {
        var characters = 0;
        var count = 0;
        while (count < Math.Min(alarms.Count, DiscordLimits.EmbedsMax))
        {
            characters += DiscordEmbed.Of(alarms[count]).Characters;
            if (count > 0 && characters > DiscordLimits.EmbedsCharactersMax)
                break;
            count++;
        }
        return count;
    }

    /// <summary>UTF-8 JSON.</summary>
    /// <exception cref="ArgumentException">More alarms than <see cref="Fit"/> says, or none.</exception>
    public static ReadOnlyMemory<byte> Build(IReadOnlyList<AlarmRecord> alarms)
    {
        if (alarms.Count == 0 || Fit(alarms) < alarms.Count)
            throw new ArgumentException($"{alarms.Count} alarms in one message; {Fit(alarms)} of them fit. Ask Fit first.", nameof(alarms));
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using var json = new Utf8JsonWriter(buffer, Json);
        json.WriteStartObject();
        json.WriteStartArray("embeds");
        foreach (var alarm in alarms)
            Write(json, alarm, DiscordEmbed.Of(alarm));
        json.WriteEndArray();
        // Names come from outside: nothing in them may ping anyone.
        json.WriteStartObject("allowed_mentions");
        json.WriteStartArray("parse");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Shortest text that reads back as the same double: 508, 500.0001, 1E+21.</summary>
    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, AlarmRecord alarm, DiscordEmbed embed)
    {
        json.WriteStartObject();
        json.WriteString("title", embed.Title);
        json.WriteString("description", embed.Description);
        // Embeds with equal urls are merged into one.
        json.WriteString("url", $"https://actorstream.invalid/alarms/{alarm.Id}");
        json.WriteString("timestamp", NoticeTime.Of(alarm));
        json.WriteNumber("color", embed.Colour);
        json.WriteStartArray("fields");
        foreach (var (name, value) in embed.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
