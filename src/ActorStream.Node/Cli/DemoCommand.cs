using System.CommandLine;
using ActorStream.Node.Demo;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream demo</c>: everything at once, nothing to install.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        var options = new LocalOptions(dataDefault: null);
        var seconds = new Option<double?>("--seconds") { Description = "end by itself after so long [default: Ctrl-C ends it]", HelpName = "N" };
        seconds.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, out var n) && n is not (>= 1 and <= 86_400))
                result.AddError($"--seconds is {n}; give a number from 1 to 86400.");
        });
        var command = new Command("demo", "Runs a cluster, sources, rules and a stand-in for Discord, and counts what should have arrived and what did") { seconds };
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            using var stop = new StopSignal();
            var length = parsed.GetValue(seconds) is { } n ? TimeSpan.FromSeconds(n) : (TimeSpan?)null;
            // The stand-in prints from several threads.
            var output = TextWriter.Synchronized(parsed.InvocationConfiguration.Output);
            return await new DemoRun(options.Read(parsed), length, output, parsed.InvocationConfiguration.Error, TimeProvider.System).RunAsync(stop.Token);
        });
        return command;
    }
}
