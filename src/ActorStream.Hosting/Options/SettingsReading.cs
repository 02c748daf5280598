namespace ActorStream.Hosting.Options;

/// <param name="CommandLine">Raw values by HOCON key; a list setting may hold several, each of which may hold commas.</param>
/// <param name="Environment">Names and values; names the table does not hold are ignored, because Kubernetes puts ACTORSTREAM_PORT and the like there for a service of that name.</param>
/// <param name="ConfigFile">Path of a HOCON file, or null.</param>
public sealed record SettingsInput(IReadOnlyDictionary<string, IReadOnlyList<string>> CommandLine, IReadOnlyDictionary<string, string> Environment, string? ConfigFile)
{
    public static readonly SettingsInput Empty = new(new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, string>(), null);
}

/// <param name="Where">Key path, or the file.</param>
/// <param name="Given">As the user wrote it; *** for a secret.</param>
/// <param name="Allowed">What may stand there and, where it helps, the remedy.</param>
/// <param name="Source">The flag, environment name or file it came from.</param>
public sealed record SettingFault(string Where, string Given, string Allowed, string Source)
{
    public override string ToString() => $"{Where}: given {Given} ({Source}); allowed: {Allowed}.";
}

/// <param name="Values">Already masked.</param>
/// <param name="Source">The flag, environment name or file it came from; <c>default</c> for reference.conf.</param>
public sealed record EffectiveSetting(SettingKey Key, IReadOnlyList<string> Values, string Source)
{
    /// <summary>A HOCON line without the indentation.</summary>
    public override string ToString()
    {
        var quoted = Values.Select(v => $"\"{v}\"");
        return Key.IsList ? $"{Key.Key} = [{string.Join(", ", quoted)}]" : $"{Key.Key} = {quoted.Single()}";
    }
}

/// <param name="Settings">Null exactly when there are faults.</param>
/// <param name="Faults">All of them.</param>
/// <param name="Effective">One per key that has a value, faulty or not, in the order of the table.</param>
public sealed record SettingsReading(NodeSettings? Settings, IReadOnlyList<SettingFault> Faults, IReadOnlyList<EffectiveSetting> Effective);
