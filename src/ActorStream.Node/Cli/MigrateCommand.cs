using System.CommandLine;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Postgres;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream migrate</c>: makes the schema a node would make at its first start, or checks the one that is there. Takes every flag of <c>node</c>.</summary>
internal static class MigrateCommand
{
    public static Command Build()
    {
        var options = new SettingOptions();
        var command = new Command("migrate", "Makes the database schema, or checks that the one there fits this program, cluster and settings; runs no node");
        options.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(options.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancel));
        return command;
    }

    private static async Task<int> RunAsync(SettingsReading reading, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (reading.Settings is not { } settings)
        {
            await Faults.WriteAsync(reading.Faults, error);
            return Faults.ExitCodeOf(reading.Faults);
        }
        await output.WriteLineAsync(await MigrateAsync(settings, cancel));
        return ExitCode.Done;
    }

    private static async Task<string> MigrateAsync(NodeSettings settings, CancellationToken cancel)
    {
        if (settings.Storage.Backend == StorageBackend.Postgres)
        {
            var isNew = await PostgresStorage.MigrateAsync(NodeHost.PostgresOf(settings), cancel);
            return isNew ? $"The schema was made for the cluster '{settings.ClusterName}'." : $"The schema is there and fits the cluster '{settings.ClusterName}'.";
        }
        await using var storage = await NodeHost.OpenStorageAsync(settings, cancel);
        return $"The files in {settings.DataFolder} are there and fit the cluster '{settings.ClusterName}'.";
    }
}
