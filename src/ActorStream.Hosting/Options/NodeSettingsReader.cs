using System.Collections;

namespace ActorStream.Hosting.Options;

/// <summary>Command line, then environment, then file, then reference.conf; per key the first that has it. Never stops at the first fault.</summary>
public static class NodeSettingsReader
{
    private const string DefaultSource = "default";

    /// <summary>The text of the embedded reference.conf: the manual.</summary>
    public static string Reference { get; } = ReadReference();

    /// <summary>Reads the file if there is one; otherwise pure.</summary>
    public static SettingsReading Read(SettingsInput input)
    {
        var reference = HoconSettings.Parse(Reference, DefaultSource);
        var file = FromFile(input.ConfigFile, out var unreadable);
        var raw = SettingsTable.All.ToDictionary(k => k.Key, k => Choose(k, input, file, reference));
        var check = new NodeSettingsCheck(raw);
        var settings = check.Build(file.Akka);
        SettingFault[] faults = [.. reference.Faults, .. unreadable, .. file.Faults, .. check.Faults];
        return new SettingsReading(faults.Length == 0 ? settings : null, faults, [.. SettingsTable.All.Select(k => Masked(k, raw[k.Key]))]);
    }

    /// <summary>The process's environment as <see cref="SettingsInput"/> wants it.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);

    private static RawSetting Choose(SettingKey key, SettingsInput input, HoconSettings file, HoconSettings reference)
    {
        if (input.CommandLine.TryGetValue(key.Key, out var given) && given.Count > 0)
            return new RawSetting(Split(key, given), key.Flag);
        // An empty variable counts as absent: shells and compose files cannot always take a name away.
        if (input.Environment.TryGetValue(key.EnvironmentName, out var text) && text.Length > 0)
            return new RawSetting(Split(key, [text]), key.EnvironmentName);
        if (file.Values.TryGetValue(key.Key, out var written))
            return new RawSetting(Split(key, written), input.ConfigFile!);
        return new RawSetting(Split(key, reference.Values[key.Key]), DefaultSource);
    }

    private static IReadOnlyList<string> Split(SettingKey key, IReadOnlyList<string> given) => key.IsList
        ? [.. given.SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]
        : [given[^1].Trim()];

    private static EffectiveSetting Masked(SettingKey key, RawSetting raw) => new(key, key.IsSecret ? [.. raw.Values.Select(Hidden)] : raw.Values, raw.Source);

    /// <summary>Of NAME=VALUE the name may be seen.</summary>
    private static string Hidden(string value) => value.IndexOf('=') is var at and > 0 ? $"{value[..at]}=***" : "***";

    private static HoconSettings FromFile(string? path, out IReadOnlyList<SettingFault> faults)
    {
        faults = [];
        if (path is null)
            return HoconSettings.Parse("", DefaultSource);
        try
        {
            return HoconSettings.Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults = [new SettingFault("--config", $"\"{path}\"", $"a file that can be read ({e.Message.TrimEnd('.')})", "--config")];
            return HoconSettings.Parse("", DefaultSource);
        }
    }

    private static string ReadReference()
    {
        var type = typeof(NodeSettingsReader);
        using var stream = type.Assembly.GetManifestResourceStream($"{type.Namespace}.reference.conf") ?? throw new InvalidOperationException("reference.conf is not embedded in this assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <param name="Source">The flag, environment name or file it came from.</param>
internal readonly record struct RawSetting(IReadOnlyList<string> Values, string Source);
