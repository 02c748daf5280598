using System.Text;
using System.Text.Json;
using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>Reads the members of one rule and collects every fault.</summary>
internal sealed class RuleMembers(JsonElement body)
{
    private const int WebhookBytesMax = 2_048;
    private const int ThresholdBytesMax = 100;
    private const string NotYet = "this version does not judge it yet: leave the member out";

    private readonly List<RuleFault> _faults = [];

    public RuleReading Read(Guid? id)
    {
        var ruleId = id ?? ReadId();
        var metric = ReadText("metric_name", SampleIngest.NameBytesMax);
        var (threshold, thresholdText) = ReadThreshold();
        var webhookUrl = ReadText("discord_webhook_url", WebhookBytesMax);
        var comparison = ReadOperator();
        RefuseWhatIsNotJudgedYet();
        return _faults.Count > 0
            ? new RuleReading(null, _faults, true)
            : new RuleReading(new Rule(ruleId, metric, threshold, thresholdText, comparison, webhookUrl), [], true);
    }

    private Guid ReadId()
    {
        if (body.TryGetProperty("id", out var element) && element.ValueKind == JsonValueKind.String && TryText(element, out var text) && Guid.TryParse(text, out var id))
            return id;
        Fault("id", $"id is {Shown("id")}; it must be a UUID.");
        return Guid.Empty;
    }

    private string ReadText(string member, int bytesMax)
    {
        var rule = $"it must be a string of 1 to {bytesMax} UTF-8 bytes without control characters";
        if (!TryGet(member, out var element))
            Fault(member, $"{member} is missing; {rule}.");
        else if (element.ValueKind != JsonValueKind.String)
            Fault(member, $"{member} is a {element.ValueKind}; {rule}.");
        else if (!TryText(element, out var text))
            Fault(member, $"{member} holds half of a surrogate pair; {rule}.");
        else if (Encoding.UTF8.GetByteCount(text) is var bytes && (bytes == 0 || bytes > bytesMax))
            Fault(member, $"{member} has {bytes} bytes; {rule}.");
        else if (text.Any(char.IsControl))
            Fault(member, $"{member} holds a control character; {rule}.");
        else
            return text;
        return "";
    }

    private (double Value, string Text) ReadThreshold()
    {
        const string member = "threshold";
        if (!TryGet(member, out var element))
            Fault(member, "threshold is missing; it must be a finite JSON number.");
        else if (element.ValueKind != JsonValueKind.Number)
            Fault(member, $"threshold is {Shown(member)}; it must be a finite JSON number.");
        else if (element.GetRawText() is var text && text.Length > ThresholdBytesMax)
            Fault(member, $"threshold is a number of {text.Length} digits; at most {ThresholdBytesMax} are read.");
        else if (JsonNumber.Parse(Encoding.UTF8.GetBytes(text)) is var value && !double.IsFinite(value))
            Fault(member, $"threshold is {text}, which no double holds; it must be finite, within ±1.8e308.");
        else
            return (value, text);
        return (0, "0");
    }

    private ComparisonOperator ReadOperator()
    {
        const string member = "operator";
        if (!TryGet(member, out var element))
            return ComparisonOperator.Greater;
        if (element.ValueKind == JsonValueKind.String && TryText(element, out var text) && OperatorText.Parse(text) is { } comparison)
            return comparison;
        Fault(member, $"operator is {Shown(member)}; it must be one of {OperatorText.Allowed}, and is > when left out.");
        return ComparisonOperator.Greater;
    }

    // Accepting a member and not judging by it would be a rule that lies: the user would wait for a window or a silence that never comes.
    private void RefuseWhatIsNotJudgedYet()
    {
        Allow("type", static e => IsText(e, "instantaneous"), "instantaneous");
        Allow("trigger", static e => IsText(e, "every"), "every");
        Allow("cooldown_seconds", IsZero, "0");
        Allow("cooldown_scope", static e => IsText(e, "rule") || IsText(e, "series"), "rule or series");
        Allow("window_duration_seconds", IsZero, "0");
        Allow("tags", static e => e.ValueKind == JsonValueKind.Object && !e.EnumerateObject().Any(), "{}");
    }

    private void Allow(string member, Func<JsonElement, bool> isAllowed, string allowed)
    {
        if (TryGet(member, out var element) && !isAllowed(element))
            Fault(member, $"{member} is {Shown(member)}; only {allowed} is accepted, {NotYet}.");
    }

    private static bool IsText(JsonElement element, string text) => element.ValueKind == JsonValueKind.String && TryText(element, out var found) && found == text;

    private static bool IsZero(JsonElement element) => element.ValueKind == JsonValueKind.Number && JsonNumber.Parse(Encoding.UTF8.GetBytes(element.GetRawText())) == 0;

    private bool TryGet(string member, out JsonElement element) => body.TryGetProperty(member, out element) && element.ValueKind != JsonValueKind.Null;

    private string Shown(string member) => body.TryGetProperty(member, out var element) ? Unreadable.Excerpt(Encoding.UTF8.GetBytes(element.GetRawText())) : "missing";

    private void Fault(string member, string sentence) => _faults.Add(new RuleFault(member, sentence));

    private static bool TryText(JsonElement element, out string text)
    {
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // An escape that is half of a surrogate pair is JSON and no text.
            text = "";
            return false;
        }
    }
}
