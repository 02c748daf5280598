using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>The body of a POST to a Discord webhook: one embed per alarm (compatibility.md 1.5).</summary>
/// <remarks>Lengths are counted in UTF-16 units, which is never less than the receiver counts.</remarks>
public static class DiscordMessage
{
    public const int EmbedsMax = 10;
    public const int EmbedsCharactersMax = 6_000;
    public const int DescriptionMax = 4_096;
    public const int FieldValueMax = 1_024;

    private const string Title = "Alarm triggered";
    private const int Red = 16_711_680;
    private const string Ellipsis = "…";
    private static readonly long FirstMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LastMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    // Not HTML: escaping <, > and everything beyond ASCII would only make names unreadable on the wire.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How many of the first alarms go into one message; at least one, at most <see cref="EmbedsMax"/>.</summary>
    public static int Fit(IReadOnlyList<AlarmRecord> alarms)
    {
        var characters = 0;
        var count = 0;
        while (count < Math.Min(alarms.Count, EmbedsMax))
        {
            characters += Embed.Of(alarms[count]).Characters;
            if (count > 0 && characters > EmbedsCharactersMax)
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
            Write(json, alarm, Embed.Of(alarm));
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

    private static void Write(Utf8JsonWriter json, AlarmRecord alarm, Embed embed)
    {
        json.WriteStartObject();
        json.WriteString("title", Title);
        json.WriteString("description", embed.Description);
        // Embeds with equal urls are merged into one.
        json.WriteString("url", $"https://actorstream.invalid/alarms/{alarm.Id}");
        json.WriteString("timestamp", Timestamp(alarm));
        json.WriteNumber("color", Red);
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

    /// <summary>The sample's own time; a sample may carry one that no calendar holds, then when it became durable.</summary>
    private static string Timestamp(AlarmRecord alarm)
    {
        var timeMs = alarm.TimeMs >= FirstMs && alarm.TimeMs <= LastMs ? alarm.TimeMs : Math.Clamp(alarm.AppendTimeMs, FirstMs, LastMs);
        return DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    private static string Cut(string text, int charactersMax)
    {
        if (text.Length <= charactersMax)
            return text;
        var keep = charactersMax - Ellipsis.Length;
        if (char.IsHighSurrogate(text[keep - 1]))
            keep--;
        return string.Concat(text.AsSpan(0, keep), Ellipsis);
    }

    /// <summary>The texts of one embed, cut so that it alone keeps every limit.</summary>
    private readonly record struct Embed(string Description, IReadOnlyList<(string Name, string Value)> Fields, int Characters)
    {
        public static Embed Of(AlarmRecord alarm)
        {
            var fields = new List<(string Name, string Value)>(5)
            {
                ("Rule id", alarm.RuleId.ToString()),
                ("Metric name", FieldText(alarm.Metric)),
                ("Metric value", Text(alarm.Value)),
                ("Rule threshold", FieldText(alarm.ThresholdText)),
            };
            if (alarm.Series.Tags.Count > 0)
                fields.Add(("Tags", FieldText(string.Join(", ", alarm.Series.Tags.Select(t => $"{t.Key}:{t.Value}")))));
            var others = Title.Length + fields.Sum(f => f.Name.Length + f.Value.Length);
            var text = $"{alarm.Metric} is {Text(alarm.Value)} which {Comparison.Phrase(alarm.Operator)} the rule threshold ({alarm.ThresholdText})";
            var description = Cut(text, Math.Min(DescriptionMax, EmbedsCharactersMax - others));
            return new Embed(description, fields, others + description.Length);
        }

        // A blank value is refused, and the whole message with it.
        private static string FieldText(string text) => string.IsNullOrWhiteSpace(text) ? "-" : Cut(text, FieldValueMax);
    }
}
