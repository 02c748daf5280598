using System.CommandLine;
using System.Text.Json;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm.Commands;

/// <summary>What every command needs: the node, where to print, <c>--json</c>, and the one way to end.</summary>
internal sealed class CommandContext(NodeClient node, TextWriter output, TextWriter error, string? environmentToken)
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print the node's answer as JSON", Recursive = true };

    /// <summary>No default value here: usage would print it.</summary>
    public Option<string?> Token { get; } = TokenOption();

    /// <summary>A command that asks and prints.</summary>
    /// <param name="path">Relative to the node, built from the parsed arguments.</param>
    public Command Show(string name, string description, Func<ParseResult, string> path, Func<JsonElement, IEnumerable<Printed>> print, params Argument[] arguments)
        => Make(name, description, arguments, async (parsed, cancel) => Print(parsed, await node.GetAsync(path(parsed), cancel), print));

    /// <summary>A command that changes something and prints what the node says to it.</summary>
    public Command Act(string name, string description, Func<ParseResult, string> path, params Argument[] arguments)
        => Make(name, description, arguments, async (parsed, cancel) =>
            Print(parsed, await node.PostAsync(path(parsed), cancel), answer => [new Line(Cells.Text(answer, "message"))]));

    private Command Make(string name, string description, Argument[] arguments, Func<ParseResult, CancellationToken, Task> run)
    {
        var command = new Command(name, description);
        foreach (var argument in arguments)
            command.Add(argument);
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                node.Token = parsed.GetValue(Token) ?? OfEnvironment();
                await run(parsed, cancel);
                return PbmApp.Done;
            }
            catch (NodeFailure failure)
            {
                await error.WriteLineAsync($"pbm: {failure.Message}");
                return PbmApp.Failed;
            }
            catch (OperationCanceledException)
            {
                await error.WriteLineAsync("pbm: stopped.");
                return PbmApp.Failed;
            }
        });
        return command;
    }

    private static Option<string?> TokenOption()
    {
        var option = new Option<string?>("--token") { Description = $"Token with the scope read, or control for what changes something [{PbmApp.TokenVariable}]", HelpName = "TOKEN", Recursive = true };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !CanBeToken(result.Tokens[0].Value))
                result.AddError("--token holds spaces or characters that no token has; give what 'actorstream token' printed.");
        });
        return option;
    }

    private string? OfEnvironment()
    {
        if (environmentToken is not { Length: > 0 })
            return null;
        return CanBeToken(environmentToken)
            ? environmentToken
            : throw new NodeFailure($"{PbmApp.TokenVariable} holds spaces, line breaks or characters that no token has; give what 'actorstream token' printed, and nothing of what was printed beside it.");
    }

    private static bool CanBeToken(string text) => text.All(c => c is > ' ' and <= '~');

    private void Print(ParseResult parsed, JsonElement answer, Func<JsonElement, IEnumerable<Printed>> print)
    {
        if (parsed.GetValue(Json))
        {
            output.WriteLine(Cells.Indented(answer));
            return;
        }
        foreach (var printed in print(answer))
            Printer.Print(printed, output);
    }
}
