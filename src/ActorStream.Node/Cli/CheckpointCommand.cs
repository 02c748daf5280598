using System.CommandLine;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Checkpoints;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream checkpoint list|verify</c>: what a restart would begin with, from the database itself. Takes every flag of <c>node</c>, reads only, and may run beside nodes.</summary>
internal static class CheckpointCommand
{
    private const int FaultsMax = 200;

    public static Command Build() => new("checkpoint", "What is stored to go on from: shows it, or proves that a restart can use it; needs no node and changes nothing")
    {
        Make("list", "Commit rows of sources, and journals and snapshots of key groups", ListAsync),
        Make("verify", "Recovers every entity as a node would and compares journals, snapshots, commit rows and topics; exit code 1 when anything does not fit", VerifyAsync),
    };

    private static Command Make(string name, string description, Func<NodeSettings, IStateReader, string?, TextWriter, Task<int>> run)
    {
        var options = new SettingOptions();
        var pipeline = new Argument<string?>("PIPELINE") { Description = "Only what belongs to the pipeline of this id", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(name, description) { pipeline };
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var reading = options.Read(parsed);
            if (reading.Settings is not { } settings)
            {
                await Faults.WriteAsync(reading.Faults, error);
                return Faults.ExitCodeOf(reading.Faults);
            }
            using var state = await OpenAsync(settings, cancel);
            var only = parsed.GetValue(pipeline);
            if (only is not null && !Ids(settings, state).Contains(only))
                throw new CommandFailedException($"There is no pipeline '{only}' in {PlaceOf(settings)}; there {(Ids(settings, state) is { Count: > 0 } ids ? $"are {string.Join(", ", ids)}" : "is none")}.");
            await output.WriteLineAsync($"cluster {state.Cluster}, {PlaceOf(settings)}");
            return await run(settings, state, only, output);
        });
        return command;
    }

    private static async Task<int> ListAsync(NodeSettings settings, IStateReader state, string? only, TextWriter output)
    {
        await CheckpointList.WriteAsync(state, StoredPipelines.Of(settings, state), only, output);
        return ExitCode.Done;
    }

    private static async Task<int> VerifyAsync(NodeSettings settings, IStateReader state, string? only, TextWriter output)
    {
        IReadOnlySet<string> external = settings.Kafka is null ? new HashSet<string>() : new HashSet<string> { TopicNames.Metrics };
        var report = new CheckpointVerifier(state, StoredPipelines.Of(settings, state), external).Run(only);
        foreach (var line in report.Lines.Concat(report.Notes.Select(n => $"note: {n}")))
            await output.WriteLineAsync(line);
        foreach (var fault in report.Faults.Take(FaultsMax))
            await output.WriteLineAsync($"fault: {fault}");
        if (report.Faults.Count > FaultsMax)
            await output.WriteLineAsync($"and {report.Faults.Count - FaultsMax} faults more.");
        await output.WriteLineAsync(report.Faults.Count == 0 ? "A restart can go on from here." : $"{report.Faults.Count} {(report.Faults.Count == 1 ? "fault" : "faults")}.");
        return report.Faults.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<IStateReader> OpenAsync(NodeSettings settings, CancellationToken cancel) => settings.Storage.Backend == StorageBackend.Postgres
        ? await PostgresStateReader.OpenAsync(NodeHost.PostgresOf(settings), cancel)
        : SqliteStateReader.Open(settings.DataFolder);

    private static string PlaceOf(NodeSettings settings) => settings.Storage.Backend == StorageBackend.Postgres ? "the PostgreSQL database" : settings.DataFolder;

    private static IReadOnlyList<string> Ids(NodeSettings settings, IStateReader state) => StoredPipelines.Ids(StoredPipelines.Of(settings, state), state);
}
