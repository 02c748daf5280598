using System.Diagnostics;
using System.Globalization;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;

namespace ActorStream.Storage.Tests;

/// <summary>This assembly run as a program of its own: appends numbered records from several writers, then ends.</summary>
public static class AppendingProcess
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [EnsuringProcess.Command, var database, var partitions])
        {
            await using var made = await OpenAsync(database);
            await EnsuringProcess.RunAsync(made, int.Parse(partitions, CultureInfo.InvariantCulture));
            return 0;
        }
        if (args is not [var place, var name, var writers, var appends])
        {
            await Console.Error.WriteLineAsync("Usage: <data folder or connection string> <name> <writers> <appends of each>. The tests of this assembly are run by 'dotnet test'.");
            return 2;
        }
        await using var storage = await OpenAsync(place);
        await AppendAsync(storage, name, int.Parse(writers, CultureInfo.InvariantCulture), int.Parse(appends, CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<INodeStorage> OpenAsync(string place) => place.Contains("Host=", StringComparison.Ordinal)
        ? await PostgresStorage.OpenAsync(new PostgresOptions(place, "test"), TimeProvider.System)
        : await SqliteStorage.OpenAsync(new StorageOptions(place, "test", StateSurvivesPowerLoss: false), TimeProvider.System);

    /// <summary>Records are named <c>name.writer:number</c>; each append puts one into partition 0 and one into partition 1.</summary>
    public static Task AppendAsync(INodeStorage storage, string name, int writers, int appends) => Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
    {
        for (var number = 0; number < appends; number++)
            await storage.Topics.AppendAsync("metrics", [DataFolder.Batch(1, $"{name}.{writer}:{number}"), DataFolder.Batch(0, $"{name}.{writer}:{number}")]);
    }));

    public static Process Start(string place, string name, int writers, int appends) => Start(static _ => { }, place, name, $"{writers}", $"{appends}");

    internal static Process Start(Action<ProcessStartInfo> change, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet");
        foreach (var argument in arguments.Prepend(typeof(AppendingProcess).Assembly.Location))
            start.ArgumentList.Add(argument);
        change(start);
        return Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
    }
}
