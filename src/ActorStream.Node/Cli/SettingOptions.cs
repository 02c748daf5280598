using System.CommandLine;
using ActorStream.Hosting.Options;

namespace ActorStream.Node.Cli;

/// <summary>One option per line of <see cref="SettingsTable"/>, and <c>--config</c>. Values are read as text; the reader of settings judges them, so that all faults are told at once.</summary>
/// <param name="keys">Which of them.</param>
internal sealed class SettingOptions(IReadOnlyList<SettingKey> keys)
{
    public SettingOptions()
        : this(SettingsTable.All)
    {
    }

    private readonly Option<string?> _config = new("--config") { Description = "HOCON file with an actorstream { } block and, if need be, an akka { } block", HelpName = "FILE" };
    private readonly IReadOnlyList<(SettingKey Key, Option Option)> _options = [.. keys.Select(k => (k, Make(k)))];

    public void AddTo(Command command)
    {
        command.Add(_config);
        foreach (var (_, option) in _options)
            command.Add(option);
    }

    /// <param name="said">What the command itself says, as if on the command line.</param>
    public SettingsReading Read(ParseResult parsed, params (SettingKey Key, string Value)[] said)
    {
        var given = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, option) in _options)
            if (ValuesOf(parsed, option) is { Count: > 0 } values)
                given[key.Key] = values;
        foreach (var (key, value) in said)
            given[key.Key] = [value];
        return NodeSettingsReader.Read(new SettingsInput(given, NodeSettingsReader.ProcessEnvironment(), parsed.GetValue(_config)));
    }

    private static Option Make(SettingKey key)
    {
        var description = $"{key.Meaning} [{key.EnvironmentName}]";
        return key.IsList
            ? new Option<string[]>(key.Flag) { Description = description, HelpName = key.ValueName }
            : new Option<string?>(key.Flag) { Description = description, HelpName = key.ValueName };
    }

    private static IReadOnlyList<string> ValuesOf(ParseResult parsed, Option option) => option switch
    {
        Option<string[]> many => parsed.GetValue(many) ?? [],
        Option<string?> one when parsed.GetValue(one) is { } value => [value],
        _ => [],
    };
}
