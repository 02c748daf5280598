using System.CommandLine;
using ActorStream.Hosting.Options;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream node</c>: one node, until it is told to stop.</summary>
internal static class NodeCommand
{
    /// <summary>Set by <c>local</c> and <c>demo</c> for their children.</summary>
    public const string StopWithStdinFlag = "--stop-with-stdin";

    public static Command Build()
    {
        var options = new SettingOptions();
        var stopWithStdin = new Option<bool>(StopWithStdinFlag) { Hidden = true };
        var command = new Command("node", "Runs one node until SIGTERM or Ctrl-C; it hands over what it holds before it ends");
        options.AddTo(command);
        command.Add(stopWithStdin);
        command.SetAction((parsed, _) => RunAsync(options.Read(parsed), parsed.GetValue(stopWithStdin), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(SettingsReading reading, bool stopWithStdin, TextWriter output, TextWriter error)
    {
        if (reading.Settings is not { } settings)
        {
            await Faults.WriteAsync(reading.Faults, error);
            return Faults.ExitCodeOf(reading.Faults);
        }
        using var stop = new StopSignal(alsoInterrupt: !stopWithStdin);
        if (stopWithStdin)
            stop.StopWithStandardInput();
        await (settings.PrintsResults ? error : output).WriteLineAsync(Banner.Of(settings));
        var code = await NodeHost.RunAsync(settings, stop.Token);
        if (code == ExitCode.Downed)
            await error.WriteLineAsync("The cluster declared this node dead and goes on without it; nothing it had acknowledged is gone. Start it again with the same command.");
        return code;
    }
}

internal static class Faults
{
    public static async Task WriteAsync(IReadOnlyList<SettingFault> faults, TextWriter error)
    {
        await error.WriteLineAsync($"{faults.Count} {(faults.Count == 1 ? "fault" : "faults")} in the settings:");
        foreach (var fault in faults)
            await error.WriteLineAsync($"  {fault}");
    }

    /// <summary>A wrong flag is a wrong use of the command line; a wrong file or environment is a failure.</summary>
    public static int ExitCodeOf(IReadOnlyList<SettingFault> faults) => faults.Any(f => SettingsTable.All.Any(k => k.Flag == f.Source)) ? ExitCode.Usage : ExitCode.Failed;
}
