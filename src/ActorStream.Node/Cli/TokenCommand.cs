using System.CommandLine;
using ActorStream.Edge.Security;
using ActorStream.Hosting.Options;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream token</c>: a token of auth.mode = hs256 for use by hand and by scripts.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan LifetimeLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LifetimeMost = TimeSpan.FromDays(3650);

    private static readonly IReadOnlyList<SettingKey> Taken = [SettingsTable.AuthKeyFile, SettingsTable.AuthAudience];

    public static Command Build()
    {
        var scopes = new Option<string[]>("--scope") { Description = $"what it permits, at least one of {string.Join(", ", Scopes.All)}; separated by commas or repeated", HelpName = "SCOPE,…", Required = true };
        var lifetime = new Option<string>("--ttl") { Description = "how long it is valid, from 1s to 3650d", HelpName = "TIME", DefaultValueFactory = _ => "1h" };
        var subject = new Option<string>("--subject") { Description = "whom it names", HelpName = "NAME", DefaultValueFactory = _ => "actorstream-token" };
        scopes.Validators.Add(result =>
        {
            var named = Split(result.Tokens.Select(t => t.Value)).ToList();
            if (result.Tokens.Count > 0 && named.Count == 0)
                result.AddError($"--scope names none; give at least one of {string.Join(", ", Scopes.All)}.");
            foreach (var unknown in named.Where(s => !Scopes.All.Contains(s)))
                result.AddError($"--scope names '{unknown}'; give {string.Join(", ", Scopes.All)}.");
        });
        lifetime.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && LifetimeOf(result.Tokens[0].Value) is null)
                result.AddError($"--ttl is '{result.Tokens[0].Value}'; give a time from 1s to 3650d, as 90m, 12h or 7d.");
        });
        var settings = new SettingOptions(Taken);
        var command = new Command("token", $"Prints a token signed with the key in {SettingsTable.AuthKey.EnvironmentName} or --auth-key-file, which the nodes must share") { scopes, lifetime, subject };
        settings.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(
            settings.Read(parsed, (SettingsTable.AuthMode, "hs256")), [.. Split(parsed.GetRequiredValue(scopes))], LifetimeOf(parsed.GetRequiredValue(lifetime))!.Value,
            parsed.GetRequiredValue(subject), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(SettingsReading reading, IReadOnlyList<string> scopes, TimeSpan lifetime, string subject, TextWriter output, TextWriter error)
    {
        if (reading.Settings is { } settings)
        {
            await output.WriteLineAsync(AccessTokens.Make(settings.Auth, scopes, lifetime, subject, TimeProvider.System));
            return ExitCode.Done;
        }
        await Faults.WriteAsync(reading.Faults, error);
        return Faults.ExitCodeOf(reading.Faults);
    }

    private static IEnumerable<string> Split(IEnumerable<string> given) => given.SelectMany(g => g.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct();

    private static TimeSpan? LifetimeOf(string text) => SettingsTable.TimeOf(text) is { } time && time >= LifetimeLeast && time <= LifetimeMost ? time : null;
}
