using System.CommandLine;
using ActorStream.Pbm.Commands;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm;

/// <summary>The operator's command line: asks one node's management port and prints what it says.</summary>
public static class PbmApp
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int UsageError = 2;

    public const string DefaultNode = "127.0.0.1:9110";

    /// <summary>Where a token is looked for when <c>--token</c> is not given.</summary>
    public const string TokenVariable = "ACTORSTREAM_TOKEN";

    /// <param name="args">An optional HOST:PORT, then the command.</param>
    /// <param name="handler">Null: real HTTP.</param>
    /// <param name="environmentToken">Of <see cref="TokenVariable"/>.</param>
    /// <returns>0: done. 1: the node is not there or refused. 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, HttpMessageHandler? handler = null, string? environmentToken = null, CancellationToken cancel = default)
    {
        var (node, rest) = SplitNode(args);
        if (!NodeAddress.TryParse(node, out var address))
        {
            await error.WriteLineAsync($"pbm: '{node}' is no HOST:PORT; write it like {DefaultNode}.");
            return UsageError;
        }
        using var client = new NodeClient(address, handler);
        var root = CommandTree.Build(new CommandContext(client, output, error, environmentToken?.Trim()));
        var parsed = root.Parse(rest);
        if (parsed.Errors.Count > 0)
            return await RefuseAsync(parsed, error);
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancel);
    }

    // "host:port cluster show", as the original tool is called; no command has a colon.
    private static (string Node, string[] Command) SplitNode(string[] args)
        => args.Length > 0 && args[0].Contains(':') && !args[0].StartsWith('-') ? (args[0], args[1..]) : (DefaultNode, args);

    private static async Task<int> RefuseAsync(ParseResult parsed, TextWriter error)
    {
        foreach (var fault in parsed.Errors)
            await error.WriteLineAsync($"pbm: {fault.Message}");
        var names = new List<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, command.Command.Name);
        await error.WriteLineAsync($"'{string.Join(' ', names)} --help' says how it is used.");
        return UsageError;
    }
}
