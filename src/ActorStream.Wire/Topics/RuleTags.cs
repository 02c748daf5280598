using System.Text;
using System.Text.Json;
using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>The member <c>tags</c> of a rule: names to a string, a number or a list of these. Numbers stay the text they were written with, as in samples.</summary>
internal sealed class RuleTags(JsonMembers members)
{
    public const int ValuesMax = 100;
    public const int AllBytesMax = 16_384;

    private const string Member = "tags";

    public TagFilter Read()
    {
        if (!members.TryGet(Member, out var element))
            return TagFilter.Any;
        if (element.ValueKind != JsonValueKind.Object)
        {
            members.Fault(Member, $"tags is {members.Shown(Member)}; it must be an object of names to a string, a number or a list of these.");
            return TagFilter.Any;
        }
        try
        {
            return Read(element);
        }
        catch (InvalidOperationException)
        {
            // How a name with half of a surrogate pair is reported.
            members.Fault(Member, "tags has a name with half of a surrogate pair; names are text.");
            return TagFilter.Any;
        }
    }

    private TagFilter Read(JsonElement element)
    {
        // Of equal names the last one counts, as in samples.
        var conditions = new SortedList<string, TagCondition>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (ReadCondition(property.Name, property.Value) is { } condition)
                conditions[property.Name] = condition;
        }
        if (conditions.Count > TagsJson.TagsMax)
            members.Fault(Member, $"tags names {conditions.Count} tags; a sample has at most {TagsJson.TagsMax}, so no more are allowed.");
        var bytes = conditions.Sum(c => Encoding.UTF8.GetByteCount(c.Key) + c.Value.Values.Sum(Encoding.UTF8.GetByteCount));
        if (bytes > AllBytesMax)
            members.Fault(Member, $"tags holds {bytes} bytes of names and values; at most {AllBytesMax} are allowed.");
        return conditions.Count == 0 ? TagFilter.Any : new TagFilter(conditions.Values);
    }

    private TagCondition? ReadCondition(string name, JsonElement element)
    {
        if (Encoding.UTF8.GetByteCount(name) > TagsJson.NameBytesMax)
            return Refuse($"tags has a name of {Encoding.UTF8.GetByteCount(name)} bytes; at most {TagsJson.NameBytesMax} are allowed.");
        var isScalar = element.ValueKind != JsonValueKind.Array;
        JsonElement[] elements = isScalar ? [element] : [.. element.EnumerateArray()];
        if (elements.Length is 0 or > ValuesMax)
            return Refuse($"Tag {Cut(name)} has a list of {elements.Length} values; 1 to {ValuesMax} are allowed.");
        var values = new string[elements.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (ValueOf(elements[i]) is not { } value)
                return Refuse($"Tag {Cut(name)} has the value {Unreadable.Excerpt(Encoding.UTF8.GetBytes(elements[i].GetRawText()))}; a value is a string or a number of at most {TagsJson.ValueBytesMax} bytes, or a list of these.");
            values[i] = value;
        }
        return new TagCondition(name, values, isScalar);
    }

    private static string? ValueOf(JsonElement element)
    {
        var value = element.ValueKind == JsonValueKind.Number ? element.GetRawText() : JsonMembers.TryText(element, out var text) ? text : null;
        return value is not null && Encoding.UTF8.GetByteCount(value) <= TagsJson.ValueBytesMax ? value : null;
    }

    private TagCondition? Refuse(string sentence)
    {
        members.Fault(Member, sentence);
        return null;
    }

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
