using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorStream.Hosting.Options;

/// <summary>A HOCON text as raw values by key, with everything in it that no setting is called.</summary>
internal sealed class HoconSettings
{
    private static readonly IReadOnlyDictionary<string, SettingKey> Known = SettingsTable.All.ToDictionary(k => k.Key, StringComparer.Ordinal);

    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.Ordinal);
    private readonly List<SettingFault> _faults = [];
    private readonly string _source;

    private HoconSettings(string source) => _source = source;

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Values => _values;

    public IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>Only the <c>akka</c> block, or empty.</summary>
    public Config Akka { get; private set; } = ConfigurationFactory.Empty;

    public static HoconSettings Parse(string text, string source)
    {
        var read = new HoconSettings(source);
        if (string.IsNullOrWhiteSpace(text))
            return read;
        if (HoconBalance.Unclosed(text) is { } open)
        {
            read.Unreadable(open);
            return read;
        }
        try
        {
            var root = ConfigurationFactory.ParseString(text).Root;
            if (!root.IsEmpty)
                read.Take(root);
        }
        catch (Exception e) when (e is FormatException or ConfigurationException or InvalidOperationException)
        {
            read.Unreadable($"a text the parser refuses ({e.Message.TrimEnd('.')})");
        }
        return read;
    }

    private void Unreadable(string what) => Fault(_source, what, "HOCON: every brace closed, no comma after a closing brace, values with : or // in quotes, and no ${NAME}, which is not substituted here (give such a value by its ACTORSTREAM_… name)");

    private void Take(HoconValue root)
    {
        foreach (var (name, value) in root.GetObject().Items)
        {
            if (name == "akka")
                Akka = value.AtKey("akka");
            else if (name == SettingsTable.Root)
                Walk(name, value);
            else
                Fault(name, "a block of its own", $"the blocks {SettingsTable.Root} and akka");
        }
    }

    private void Walk(string path, HoconValue value)
    {
        if (Known.TryGetValue(path, out var key))
            Leaf(key, value);
        else if (value.IsObject() && IsGroup(path))
            foreach (var (name, inner) in value.GetObject().Items)
                Walk($"{path}.{name}", inner);
        else if (IsGroup(path))
            Fault(path, Shown(value), "a block: " + string.Join(", ", SettingsTable.All.Where(k => k.Key.StartsWith(path + ".", StringComparison.Ordinal)).Select(k => k.Key)));
        else
            Fault(path, value.IsObject() ? "a block" : Shown(value), $"no such key; the nearest is {Nearest(path)}");
    }

    private void Leaf(SettingKey key, HoconValue value)
    {
        if (key == SettingsTable.KafkaClient && value.IsObject())
            _values[key.Key] = [.. Flat("", value)];
        else if (value.IsObject())
            Fault(key.Key, "a block", key.Allowed);
        else if (!value.IsArray())
            _values[key.Key] = [value.GetString() ?? ""];
        else if (key.IsList)
            _values[key.Key] = [.. value.GetStringList()];
        else
            Fault(key.Key, Shown(value), $"one value, no list: {key.Allowed}");
    }

    /// <summary>Dots in a name make blocks in HOCON: back to one line per name.</summary>
    private static IEnumerable<string> Flat(string path, HoconValue value) => value.GetObject().Items.SelectMany(i =>
        i.Value.IsObject() ? Flat($"{path}{i.Key}.", i.Value) : [$"{path}{i.Key}={i.Value.GetString()}"]);

    private void Fault(string where, string given, string allowed) => _faults.Add(new SettingFault(where, given, allowed, _source));

    private static bool IsGroup(string path) => Known.Keys.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal));

    private static string Shown(HoconValue value) => value.IsArray() ? $"[{string.Join(", ", value.GetStringList())}]" : $"\"{value.GetString()}\"";

    private static string Nearest(string path) => Known.Keys.MinBy(k => Distance(k, path))!;

    /// <summary>Levenshtein's, in one row.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
