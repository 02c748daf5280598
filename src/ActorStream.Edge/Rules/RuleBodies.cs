using System.Text.Json;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Bodies;
using ActorStream.Edge.Errors;
using ActorStream.Wire.Topics;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Rules;

/// <summary>From a request's body to a rule that may be stored, or to the refusal with every fault.</summary>
internal static class RuleBodies
{
    private const string DiscordWebhook = "discord_webhook_url";
    private const string JsonWebhook = "webhook_url";

    /// <summary>Null: answered (400, 413, 415, 422).</summary>
    public static async Task<Rule?> ReadAsync(HttpContext context, EdgeOptions options, Guid id)
    {
        if (await BodyKinds.OfAsync(context, ndJsonToo: false) == BodyKind.Refused)
            return null;
        using var body = await BodyReader.ReadAsync(context, EdgeOptions.RuleBytesMax, options.DiscardBytesMax);
        if (body is null)
            return null;
        var reading = RuleJson.Parse(body.Memory.Span, id);
        var faults = reading.Faults.Select(f => f.Sentence).ToList();
        if (WebhookOf(reading, body.Memory) is var (url, receiver) && options.Webhooks(url, receiver) is { } refusal)
            faults.Add(refusal);
        if (faults.Count == 0)
            return reading.Rule;
        await Problem.WriteAsync(context, reading.IsJson ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status400BadRequest, string.Join(" ", faults), faults);
        return null;
    }

    /// <summary>Also of a rule with other faults: whoever corrects those must not meet the next one only then. Null: the URL's shape is a fault already.</summary>
    private static (string? Url, ReceiverKind Receiver)? WebhookOf(RuleReading reading, ReadOnlyMemory<byte> body)
    {
        if (reading.Rule is { } rule)
            return (rule.WebhookUrl, rule.Receiver);
        if (!reading.IsJson || reading.Faults.Any(f => f.Member is DiscordWebhook or JsonWebhook or ""))
            return null;
        using var document = JsonDocument.Parse(body);
        // Neither is a fault, so exactly one of them is a string; a null counts as absent.
        return document.RootElement.TryGetProperty(JsonWebhook, out var json) && json.ValueKind == JsonValueKind.String
            ? (json.GetString(), ReceiverKind.Json)
            : (document.RootElement.GetProperty(DiscordWebhook).GetString(), ReceiverKind.Discord);
    }
}
