using System.CommandLine;
using ActorStream.Hosting.Options;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream check</c>: what a node would run with, without running it. Takes every flag of <c>node</c>.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        var options = new SettingOptions();
        var command = new Command("check", "Prints the settings a node would run with and where each comes from, or all faults");
        options.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(options.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(SettingsReading reading, TextWriter output, TextWriter error)
    {
        var width = reading.Effective.Max(e => e.ToString().Length);
        foreach (var setting in reading.Effective)
            await output.WriteLineAsync($"{setting.ToString().PadRight(width)}  # {setting.Source}");
        if (reading.Settings is { RawAkka.IsEmpty: false })
            await output.WriteLineAsync("# an akka { } block is passed on as it stands");
        if (reading.Settings is not null)
            return ExitCode.Done;
        await Faults.WriteAsync(reading.Faults, error);
        return ExitCode.Failed;
    }
}
