using System.CommandLine;
using ActorStream.Hosting.Options;
using ActorStream.Node.Local;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream local</c>: a cluster on this machine, to try things out.</summary>
internal static class LocalCommand
{
    public static Command Build()
    {
        var options = new LocalOptions("actorstream-data");
        var webhooks = new Option<string?>("--webhooks-allowed-hosts") { Description = "hosts a rule's webhook may point to, handed to every node", HelpName = "HOST,…" };
        var config = new Option<string?>("--config") { Description = "HOCON file handed to every node", HelpName = "FILE" };
        var command = new Command("local", "Runs several nodes on this machine over one data folder, until Ctrl-C or SIGTERM") { webhooks, config };
        options.AddTo(command);
        command.SetAction((parsed, _) =>
        {
            var plan = options.Read(parsed) with { WebhookHosts = parsed.GetValue(webhooks), ConfigFile = parsed.GetValue(config) };
            return RunAsync(plan, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        });
        return command;
    }

    private static async Task<int> RunAsync(LocalPlan plan, TextWriter output, TextWriter error)
    {
        using var stop = new StopSignal();
        await using var cluster = await LocalCluster.StartAsync(plan, TimeProvider.System);
        await output.WriteLineAsync($"actorstream {Banner.Version}: {plan.NodesText} on {plan.DataFolder}");
        await output.WriteLineAsync(plan.IsPostgres ? "State survives what the PostgreSQL server survives." : plan.Nodes > 1 ? "State survives kill -9, not a power loss (several processes on one disk); acknowledged samples survive both." : "State survives kill -9 and power loss.");
        try
        {
            await cluster.ReadyAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await cluster.StopAsync(error);
            return ExitCode.Done;
        }
        await LocalReport.NodesAsync(cluster, output);
        await LocalReport.TryThisAsync(cluster, output);
        await cluster.WatchAsync(output, stop.Token);
        if (!stop.Token.IsCancellationRequested)
            throw new CommandFailedException("All nodes have ended.");
        await output.WriteLineAsync("Ending all nodes.");
        await cluster.StopAsync(error);
        return ExitCode.Done;
    }
}

/// <summary>What <c>local</c> and <c>demo</c> have in common.</summary>
/// <param name="dataDefault">Null: a fresh temporary folder.</param>
internal sealed class LocalOptions(string? dataDefault)
{
    private readonly Option<int> _nodes = Ranged(new Option<int>("--nodes") { Description = "1 to 9", HelpName = "N", DefaultValueFactory = _ => 3 }, 1, 9);
    private readonly Option<string?> _data = new("--data") { Description = dataDefault is null ? "folder of topics, state and logs [default: a fresh one]" : $"folder of topics, state and logs [default: {dataDefault}]", HelpName = "FOLDER" };
    private readonly Option<int?> _http = Ranged(new Option<int?>("--http-port") { Description = "of the first node [default: 8080 when it is free, else any]", HelpName = "PORT" }, 1, 65535);
    private readonly Option<int?> _management = Ranged(new Option<int?>("--management-port") { Description = "of the first node [default: 9110 when it is free, else any]", HelpName = "PORT" }, 1, 65535);
    private readonly Option<string> _storage = new Option<string>("--storage") { Description = $"sqlite or postgres; {SettingsTable.PostgresConnectionString.EnvironmentName} says where", HelpName = "BACKEND", DefaultValueFactory = _ => "sqlite" }.AcceptOnlyFromAmong("sqlite", "postgres");

    public void AddTo(Command command)
    {
        command.Add(_nodes);
        command.Add(_data);
        command.Add(_http);
        command.Add(_management);
        command.Add(_storage);
    }

    public LocalPlan Read(ParseResult parsed)
    {
        var data = parsed.GetValue(_data) ?? dataDefault ?? Directory.CreateTempSubdirectory("actorstream-demo-").FullName;
        return new LocalPlan(parsed.GetValue(_nodes), Path.GetFullPath(data), parsed.GetValue(_http), parsed.GetValue(_management), IsPostgres: parsed.GetValue(_storage) == "postgres");
    }

    private static Option<T> Ranged<T>(Option<T> option, int least, int most)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var n) && (n < least || n > most))
                result.AddError($"{option.Name} is {n}; give a whole number from {least} to {most}.");
        });
        return option;
    }
}
