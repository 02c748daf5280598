using System.CommandLine;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Contracts;
using System.CommandLine.Parsing;

namespace ActorStream.Node.Cli;

/// <summary>The command line of <c>actorstream</c>: one file per command, joined here.</summary>
public static class ActorStreamCommand
{
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>Parses, runs, answers the exit code. Does not touch the console except through the two writers and, in commands that run long, its signals.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var root = Build();
        if (args.Count == 0)
            return await InvokeAsync(root.Parse(["--help"], Parser), output, error);
        var parsed = root.Parse(args, Parser);
        if (parsed.Errors.Count == 0)
            return await InvokeAsync(parsed, output, error);
        foreach (var fault in parsed.Errors.Select(e => e.Message).Distinct())
            await error.WriteLineAsync(fault);
        await error.WriteLineAsync();
        await InvokeAsync(root.Parse([.. PathOf(parsed.CommandResult), "--help"], Parser), error, error);
        return ExitCode.Usage;
    }

    public static RootCommand Build() =>
        new("ActorStream: metrics in, alarms out, each exactly once in effect, on a cluster that survives the death of its nodes.")
        {
            NodeCommand.Build(), RunCommand.Build(), PipelineCommands.Plan(), PipelineCommands.Apply(), CheckCommand.Build(), MigrateCommand.Build(), CheckpointCommand.Build(), LocalCommand.Build(), DemoCommand.Build(), EmulateCommand.Build(), TokenCommand.Build(),
        };

    private static async Task<int> InvokeAsync(ParseResult parsed, TextWriter output, TextWriter error)
    {
        try
        {
            // No termination timeout of the library: StopSignal decides how long an orderly end may take.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException or StorageRefusedException or StorageUnavailableException or PipelinesRefusedException or CommandFailedException)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    private static IEnumerable<string> PathOf(SymbolResult command) =>
        command.Parent is null ? [] : PathOf(command.Parent).Append(((CommandResult)command).Command.Name);
}

/// <summary>A command cannot go on; the message is the whole explanation.</summary>
public sealed class CommandFailedException(string message) : Exception(message);
