using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Node.Cli;
using ActorStream.Streams.Windows;
using Akka.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStream.Node.Run;

/// <summary>A node of its own that runs one bounded pipeline to its end: all events read and committed, time at its end, every window fired, every result in its sinks.</summary>
internal sealed class PipelineRun(PipelineSpec given, string? dataFolder, TextWriter error, TimeProvider time)
{
    private const string StateFile = "state.db";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public async Task<int> RunAsync(CancellationToken stop)
    {
        var folder = dataFolder is null ? Directory.CreateTempSubdirectory("actorstream-run-").FullName : Path.GetFullPath(dataFolder);
        Directory.CreateDirectory(folder);
        try
        {
            var spool = new StandardInputSpool(Path.Combine(folder, "stdin.jsonl"));
            var spec = given with { Source = spool.Replace(given.Source) with { IsBounded = true } };
            if (!File.Exists(Path.Combine(folder, StateFile)))
                Begin(spec);
            return await RunAsync(SettingsOf(folder) with { Pipelines = [spec] }, spec, spool, stop);
        }
        finally
        {
            if (dataFolder is null)
                Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int> RunAsync(NodeSettings settings, PipelineSpec spec, StandardInputSpool spool, CancellationToken stop)
    {
        await using var parts = new NodeParts(settings, await NodeHost.OpenStorageAsync(settings, stop), time);
        await using var app = NodeHost.Build(settings, parts, isQuiet: true);
        var started = time.GetTimestamp();
        var before = EventsOf(parts, spec);
        using var spooling = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var spooled = spool.RunAsync(spooling.Token);
        await app.StartAsync(stop);
        var report = new RunReport(spec, error, time);
        var done = await WaitAsync(parts, spec, app.Services.GetRequiredService<INodeFacade>(), report, stop);
        await spooling.CancelAsync();
        await spooled;
        await app.StopAsync(CancellationToken.None);
        await report.SummaryAsync(parts.Storage, done, EventsOf(parts, spec) - before, time.GetElapsedTime(started));
        return done is null ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>What the groups say at the end; null when it was told to stop before.</summary>
    private async Task<IReadOnlyList<WindowGroupView>?> WaitAsync(NodeParts parts, PipelineSpec spec, INodeFacade facade, RunReport report, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(LookEvery, time, stop);
                report.Progress(EventsOf(parts, spec), PositionOf(parts, spec));
                if (!HasTimeEnded(parts, spec))
                    continue;
                var groups = await facade.WindowGroupsAsync(spec.Id, stop);
                if (groups.Count == spec.KeyGroups && groups.All(g => g.IsSettled && g.HasFiredUpTo(PartitionId.EndOfTime - spec.Watermark.DelayMs)) && AreSinksAtHead(parts, spec))
                    return groups;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private static bool HasTimeEnded(NodeParts parts, PipelineSpec spec)
    {
        var rows = parts.Storage.Commits.RowsOf(spec.ReaderGroup);
        return rows.Count == spec.Source.LogPartitions && rows.All(r => r.Row.MaxEventTime == PartitionId.EndOfTime);
    }

    private static bool AreSinksAtHead(NodeParts parts, PipelineSpec spec)
    {
        var head = parts.Storage.Topics.StateOf(spec.Windows.ResultsTopic, 0).Head;
        return spec.Sinks.All(s => parts.Storage.Commits.RowsOf(PipelineGroups.SinkGroupOf(spec, s)).Sum(r => r.Row.Position) == head);
    }

    private static long EventsOf(NodeParts parts, PipelineSpec spec) => parts.Storage.Commits.RowsOf(spec.ReaderGroup).Sum(r => r.Row.Counters.Records);

    private static long PositionOf(NodeParts parts, PipelineSpec spec) => parts.Storage.Commits.RowsOf(spec.ReaderGroup).Sum(r => r.Row.Position);

    /// <summary>A run from the beginning begins its files anew; one that goes on finds them as it left them.</summary>
    private static void Begin(PipelineSpec spec)
    {
        foreach (var sink in spec.Sinks.Where(s => s.Kind == SinkKind.File))
            File.Delete(sink.Target);
    }

    private static NodeSettings SettingsOf(string folder)
    {
        var reading = NodeSettingsReader.Read(new SettingsInput(
            new Dictionary<string, IReadOnlyList<string>>
            {
                [SettingsTable.ClusterName.Key] = ["run"],
                [SettingsTable.Roles.Key] = [NodeRoles.Ingest, NodeRoles.Worker],
                [SettingsTable.RemotingPort.Key] = ["0"],
                [SettingsTable.ManagementPort.Key] = ["0"],
                [SettingsTable.Data.Key] = [folder],
            },
            NodeSettingsReader.ProcessEnvironment().Where(e => e.Key == SettingsTable.InfluxToken.EnvironmentName).ToDictionary(), null));
        var settings = reading.Settings ?? throw new CommandFailedException(string.Join(Environment.NewLine, reading.Faults));
        // What Akka says after the host's logger has ended goes to standard output, among the results.
        return settings with { RawAkka = ConfigurationFactory.ParseString("akka.loglevel = WARNING") };
    }
}
