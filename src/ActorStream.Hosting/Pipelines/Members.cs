using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorStream.Hosting.Pipelines;

/// <summary>The members of one object of a pipeline file, read by type; every fault names the path, what was given and what is allowed.</summary>
/// <remarks>Numbers and switches may be text too: HOCON knows nothing else.</remarks>
internal sealed class Members(JsonObject node, string path, List<string> faults)
{
    private readonly HashSet<string> _known = [];

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public bool Has(string name) => node[name] is not null;

    public string Text(string name, string otherwise) => Take(name) switch
    {
        null => otherwise,
        JsonValue value when value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number => value.ToString(),
        var other => Fault(name, other, "a text", otherwise),
    };

    public long Whole(string name, long otherwise)
    {
        var given = Take(name);
        return given is null ? otherwise
            : given is JsonValue && long.TryParse(given.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : Fault(name, given, "a whole number", otherwise);
    }

    public double Number(string name, double otherwise)
    {
        var given = Take(name);
        return given is null ? otherwise
            : given is JsonValue && double.TryParse(given.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : Fault(name, given, "a number", otherwise);
    }

    /// <returns>Epoch milliseconds; a time without zone is UTC.</returns>
    public long Time(string name, long otherwise)
    {
        var given = Take(name);
        return given is null ? otherwise
            : given is JsonValue && DateTimeOffset.TryParse(given.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUnixTimeMilliseconds()
            : Fault(name, given, "a time as ISO 8601 has it, such as 2026-01-01T00:00:00Z", otherwise);
    }

    public bool Switch(string name, bool otherwise) => Take(name) switch
    {
        null => otherwise,
        JsonValue value when value.ToString() is "true" or "True" or "on" or "yes" => true,
        JsonValue value when value.ToString() is "false" or "False" or "off" or "no" => false,
        var other => Fault(name, other, "on or off", otherwise),
    };

    public T OneOf<T>(string name, T otherwise, params IReadOnlyList<(string Name, T Value)> allowed)
    {
        var given = Take(name);
        if (given is null)
            return otherwise;
        foreach (var (text, value) in allowed)
        {
            if (given is JsonValue && text == given.ToString())
                return value;
        }
        return Fault(name, given, string.Join(", ", allowed.Select(a => a.Name)), otherwise);
    }

    /// <summary>An empty object when it is missing or no object.</summary>
    public Members Object(string name)
    {
        var given = Take(name);
        if (given is not (null or JsonObject))
            Fault(name, given, "an object", 0);
        return new Members(given as JsonObject ?? [], PathOf(name), faults);
    }

    public IReadOnlyList<Members> Objects(string name)
    {
        var objects = new List<Members>();
        foreach (var (item, at) in List(name, "a list of objects").Select((item, i) => (item, $"{PathOf(name)}[{i}]")))
        {
            if (item is JsonObject o)
                objects.Add(new Members(o, at, faults));
            else
                faults.Add($"{at} is {Shown(item)}; an object is needed.");
        }
        return objects;
    }

    /// <summary>A list, or one value for a list of one.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        node[name] is JsonValue ? [Text(name, "")] : [.. List(name, "a list of texts").Select(item => item?.ToString() ?? "")];

    public IReadOnlyList<double> Numbers(string name)
    {
        var numbers = new List<double>();
        foreach (var item in List(name, "a list of numbers"))
        {
            if (item is JsonValue && double.TryParse(item.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
            else
                Fault(name, item, "a list of numbers", 0);
        }
        return numbers;
    }

    public void AtLeast(string name, double otherwise, double least)
    {
        if (Number(name, otherwise) < least)
            Fault(name, node[name], $"a number from {least.ToString(CultureInfo.InvariantCulture)} on", 0);
    }

    public void Refuse(string name, string given, string allowed) => faults.Add($"{PathOf(name)} holds \"{given}\"; allowed: {allowed}.");

    /// <summary>Members that nothing asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var (name, _) in node.Where(m => !_known.Contains(m.Key)))
            faults.Add($"{PathOf(name)} is not known; here are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    private JsonArray List(string name, string allowed)
    {
        var given = Take(name);
        if (given is not (null or JsonArray))
            Fault(name, given, allowed, 0);
        return given as JsonArray ?? [];
    }

    private JsonNode? Take(string name)
    {
        _known.Add(name);
        return node[name];
    }

    private T Fault<T>(string name, JsonNode? given, string allowed, T otherwise)
    {
        faults.Add($"{PathOf(name)} is {Shown(given)}; allowed: {allowed}.");
        return otherwise;
    }

    private static string Shown(JsonNode? given) => given?.ToJsonString() is { } text ? text.Length <= 100 ? text : text[..100] + "…" : "null";
}
