using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ActorStream.Pbm.Output;

/// <summary>From JSON to the text of a cell. What is null or absent is unknown, never 0 and never empty.</summary>
internal static class Cells
{
    public const string Unknown = "unknown";

    private static readonly JsonWriterOptions Indentation = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null: absent, or null in the answer.</summary>
    public static JsonElement? Member(JsonElement? parent, string name)
        => parent is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    public static string Text(JsonElement? parent, string name) => Text(Member(parent, name));

    public static string Text(JsonElement? value) => value switch
    {
        null => Unknown,
        { ValueKind: JsonValueKind.Null } => Unknown,
        { ValueKind: JsonValueKind.String } text => Printable(text.GetString()!),
        { ValueKind: JsonValueKind.Array } list => string.Join(", ", list.EnumerateArray().Select(item => Text(item))),
        { ValueKind: JsonValueKind.True } => "true",
        { ValueKind: JsonValueKind.False } => "false",
        _ => value.Value.GetRawText(),
    };

    /// <summary>The members of a list; of the answer itself when <paramref name="list"/> is null.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement answer, string? list)
        => (list is null ? answer : Member(answer, list)) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];

    public static IReadOnlyList<string[]> Rows(JsonElement answer, string? list, Func<JsonElement, string[]> row) => [.. Items(answer, list).Select(row)];

    public static string Indented(JsonElement answer)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Indentation))
            answer.WriteTo(json);
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>Excerpts and names hold what a stranger sent: no escape sequence of theirs reaches the terminal.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
