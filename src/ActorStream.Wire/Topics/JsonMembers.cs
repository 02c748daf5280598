using System.Text;
using System.Text.Json;

namespace ActorStream.Wire.Topics;

/// <summary>Members of a JSON object by their shapes; each reader notes a fault and goes on with a stand-in. A member that is null counts as absent.</summary>
/// <param name="path">Of the object inside the body, for its faults; empty for the body itself.</param>
internal sealed class JsonMembers(JsonElement body, string path)
{
    public const string DurationAllowed = "0.001 to 315360000 seconds (ten years)";

    private const decimal SecondsMax = 315_360_000;
    private const int NumberBytesMax = 100;

    public string Path => path;

    public List<RuleFault> Faults { get; private init; } = [];

    /// <summary>An object that is a member; its faults join these.</summary>
    public JsonMembers Inside(string member, JsonElement element) => new(element, NameOf(member)) { Faults = Faults };

    public bool TryGet(string member, out JsonElement element) => body.TryGetProperty(member, out element) && element.ValueKind != JsonValueKind.Null;

    public void Fault(string member, string sentence) => Faults.Add(new RuleFault(NameOf(member), path.Length == 0 ? sentence : $"{path}: {sentence}"));

    public string Shown(string member) => body.TryGetProperty(member, out var element) ? Unreadable.Excerpt(Encoding.UTF8.GetBytes(element.GetRawText())) : "missing";

    public string Text(string member, int bytesMax)
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

    /// <summary>A finite number with its text as it was written.</summary>
    public (double Value, string Text) Number(string member)
    {
        if (!TryGet(member, out var element))
            Fault(member, $"{member} is missing; it must be a finite JSON number.");
        else if (element.ValueKind != JsonValueKind.Number)
            Fault(member, $"{member} is {Shown(member)}; it must be a finite JSON number.");
        else if (element.GetRawText() is var text && text.Length > NumberBytesMax)
            Fault(member, $"{member} is a number of {text.Length} digits; at most {NumberBytesMax} are read.");
        else if (JsonNumber.Parse(Encoding.UTF8.GetBytes(text)) is var value && !double.IsFinite(value))
            Fault(member, $"{member} is {text}, which no double holds; it must be finite, within ±1.8e308.");
        else
            return (value, text);
        return (0, "0");
    }

    /// <summary>Seconds as whole milliseconds; null when absent or at fault.</summary>
    public long? Duration(string member, bool mayBeZero)
    {
        if (!TryGet(member, out var element))
            return null;
        var isNumber = element.ValueKind == JsonValueKind.Number && element.GetRawText().Length <= NumberBytesMax;
        // As a decimal, so that 0.001 is one millisecond and not nearly one.
        if (isNumber && element.TryGetDecimal(out var seconds) && seconds <= SecondsMax && seconds >= 0)
        {
            var isZero = JsonNumber.Parse(Encoding.UTF8.GetBytes(element.GetRawText())) == 0;
            if (isZero && mayBeZero)
                return 0;
            if (!isZero && seconds * 1_000 % 1 == 0)
                return (long)(seconds * 1_000);
        }
        Fault(member, $"{member} is {Shown(member)}; it must be a number of {DurationAllowed} in whole milliseconds{(mayBeZero ? ", or 0 for none" : "")}.");
        return null;
    }

    public bool Bool(string member, bool otherwise)
    {
        if (!TryGet(member, out var element))
            return otherwise;
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.GetBoolean();
        Fault(member, $"{member} is {Shown(member)}; it must be true or false, and is {(otherwise ? "true" : "false")} when left out.");
        return otherwise;
    }

    /// <summary>One of some texts; absent: the first.</summary>
    public T Choice<T>(string member, params (string Text, T Value)[] choices)
    {
        if (!TryGet(member, out var element))
            return choices[0].Value;
        if (TryText(element, out var text))
        {
            foreach (var choice in choices)
            {
                if (choice.Text == text)
                    return choice.Value;
            }
        }
        Fault(member, $"{member} is {Shown(member)}; it must be one of {string.Join(", ", choices.Select(static c => c.Text))}, and is {choices[0].Text} when left out.");
        return choices[0].Value;
    }

    public bool IsChoice(string member, string text) => TryGet(member, out var element) && TryText(element, out var found) && found == text;

    /// <summary>False for what is no string, and for an escape that is half of a surrogate pair, which is JSON and no text.</summary>
    public static bool TryText(JsonElement element, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.String)
            return false;
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private string NameOf(string member) => path.Length == 0 ? member : $"{path}.{member}";
}
