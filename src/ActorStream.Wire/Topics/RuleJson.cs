using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <param name="Member">Name of the JSON member; empty for the body itself.</param>
/// <param name="Sentence">Holds the value, what is allowed and the remedy. Never the webhook URL, which is a secret.</param>
public readonly record struct RuleFault(string Member, string Sentence);

/// <summary>A rule, or everything that is wrong with it at once.</summary>
/// <param name="IsJson">False: 400 rather than 422.</param>
public sealed record RuleReading(Rule? Rule, IReadOnlyList<RuleFault> Faults, bool IsJson);

/// <summary>Rules as JSON (compatibility.md 1.3), over HTTP and as values of the <c>rules</c> topic. Reads shapes; which hosts a webhook may name is decided elsewhere.</summary>
/// <remarks>Unknown members are skipped, of equal members the last one counts, an optional member that is null counts as absent.</remarks>
public static class RuleJson
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="id">The rule's id, whatever the body says; null: read it from the body, as for a value of the topic.</param>
    /// <remarks>Never throws for what is in the body.</remarks>
    public static RuleReading Parse(ReadOnlySpan<byte> body, Guid? id)
    {
        if (!Utf8.IsValid(body))
            return NotJson("The body is not UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            // The end of the text is only seen by asking for more; this throws on what follows the value.
            reader.Read();
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RuleMembers(document.RootElement).Read(id)
                : new RuleReading(null, [new RuleFault("", $"The body is {Unreadable.Excerpt(body)}; a rule is a JSON object.")], true);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how a member's name with half of a surrogate pair is reported.
            return NotJson($"The body is no JSON: {error.Message}");
        }
    }

    /// <summary>In the order id, metric_name, threshold, discord_webhook_url (or webhook_url); then what is not at its default.</summary>
    public static byte[] Write(Rule rule) => Write(rule, rule.WebhookUrl);

    /// <summary>The same with the webhook's token hidden: for those who may not write rules.</summary>
    public static byte[] WriteMasked(Rule rule) => Write(rule, Webhook.Masked(rule.WebhookUrl));

    /// <summary>One rule as a value of a larger JSON text.</summary>
    public static void Write(Utf8JsonWriter writer, Rule rule, bool isMasked) => RuleWriter.Write(writer, rule, isMasked ? Webhook.Masked(rule.WebhookUrl) : rule.WebhookUrl);

    private static byte[] Write(Rule rule, string webhookUrl)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Relaxed))
            RuleWriter.Write(writer, rule, webhookUrl);
        return stream.ToArray();
    }

    private static RuleReading NotJson(string sentence) => new(null, [new RuleFault("", sentence)], false);
}
