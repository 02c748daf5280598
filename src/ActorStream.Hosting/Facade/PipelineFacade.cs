using System.Text.Json;
using ActorStream.Actors.Rules;
using ActorStream.Actors.Windows;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Windows;
using Akka.Actor;
using Akka.Hosting;

namespace ActorStream.Hosting.Facade;

/// <summary>The façade over pipelines: this node's settings and view, the commit rows, and the window groups wherever they are.</summary>
internal sealed class PipelineFacade(ActorSystem system, IReadOnlyActorRegistry registry, NodeParts parts) : IPipelineFacade
{
    private readonly ClusterQuestions _questions = new(system);
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);
    private readonly PipelineStore _store = new(parts.Storage, parts.Settings, () => parts.Pipelines.Current);
    private readonly PipelinePositions _positions = new(parts);
    private readonly long _began = parts.Time.GetTimestamp();

    public TimeSpan Uptime => parts.Time.GetElapsedTime(_began);

    public IReadOnlyList<PipelineView> All =>
        [.. parts.Pipelines.Current.Entries.Values.Where(e => e.IsThere).Select(e => new PipelineView(e.Spec!, e.IsRunning) { Position = e.Position, Trouble = TroubleOf(e.Spec!) })];

    public StateStoreView StateStore => parts.Settings.Storage.Backend == StorageBackend.Postgres
        ? new StateStoreView("postgres", new Npgsql.NpgsqlConnectionStringBuilder(parts.Settings.Storage.PostgresConnectionString) is var c ? $"{c.Host}:{c.Port}/{c.Database}" : "", parts.Storage.StateBytes)
        : new StateStoreView("sqlite", parts.Settings.DataFolder, parts.Storage.StateBytes);

    public async Task<bool> RunAsync(string id, bool isRunning, CancellationToken cancel)
    {
        if (await _store.RunAsync(id, isRunning, cancel) is not { } position)
            return false;
        await SeenHereAsync(position, cancel);
        return true;
    }

    public PipelineOutcome Plan(PipelineSpec spec, bool mayDrop) => Refuse(spec) ?? _store.Plan(spec, PipelineOwner.Http, mayDrop);

    public async Task<PipelineOutcome> ApplyAsync(PipelineSpec spec, bool mayDrop, IReadOnlyList<long>? ifAt, CancellationToken cancel)
    {
        if (Refuse(spec) is { } refusal)
            return refusal;
        var outcome = await _store.ApplyAsync(spec, PipelineOwner.Http, mayDrop, ifAt, cancel);
        if (outcome.IsDone)
            await SeenHereAsync(outcome.Position, cancel);
        return outcome;
    }

    public async Task<PipelineRemoval> DeleteAsync(string id, IReadOnlyList<long>? ifAt, CancellationToken cancel)
    {
        if (PipelineOverHttp.WhyNot(id, parts.Settings) is { } why)
            return new PipelineRemoval(PipelineRemovalKind.Clashes, why);
        if (await _store.DeleteAsync(id, ifAt, cancel) is not { } position)
            return new PipelineRemoval(_store.Read().Find(id) is null ? PipelineRemovalKind.Unknown : PipelineRemovalKind.Moved);
        await SeenHereAsync(position, cancel);
        return new PipelineRemoval(PipelineRemovalKind.Removed);
    }

    public Task<string?> DrainAsync(PipelineSpec pipeline, CancellationToken cancel) => new PipelineDrain(parts, _positions, this, registry, _questions, _cluster).RunAsync(pipeline, cancel);

    public IReadOnlyList<PipelinePartitionView> PartitionsOf(PipelineSpec pipeline) => _positions.Of(pipeline);

    public async Task<IReadOnlyList<WindowGroupView>> GroupsAsync(PipelineSpec pipeline, CancellationToken cancel)
    {
        var reports = await AskGroupsAsync(pipeline, static id => new DescribeEntity(id), cancel);
        return [.. reports.Select(WindowGroupView.Of).OfType<WindowGroupView>()];
    }

    public async Task<OpenWindowsView> WindowsAsync(PipelineSpec pipeline, int limit, CancellationToken cancel)
    {
        var reports = await AskGroupsAsync(pipeline, id => new DescribeWindows(id, limit), cancel);
        var windows = reports.Where(r => r is not null).SelectMany(r => JsonSerializer.Deserialize(r!.Json, OpenWindowReportJson.Default.OpenWindowReportArray)!)
            .OrderBy(w => w.StartMs).ThenBy(w => w.WindowId, StringComparer.Ordinal).Take(limit)
            .Select(w => new OpenWindowView(pipeline.Id, w.WindowId, w.StartMs, w.EndMs, w.EventCount, w.IsFired));
        return new OpenWindowsView([.. windows], reports.Count(r => r is null));
    }

    public async Task<IReadOnlyList<PipelineActivityView>> ActivityAsync(CancellationToken cancel)
    {
        var members = _cluster.State.Members.Where(m => m.HasRole(NodeRoles.Ingest));
        var reports = await Task.WhenAll(members.Select(m => _questions.AskNodeAsync<PipelineActivityReport[]>(m, NodeAgentActor.AskPipelines, "", cancel)));
        var nowSecond = parts.Time.GetUtcNow().ToUnixTimeSeconds();
        return [.. reports.OfType<PipelineActivityReport[]>().SelectMany(r => r).GroupBy(r => r.Pipeline).Select(g => Merge(g.Key, [.. g], nowSecond))];
    }

    public Task<CheckpointView> CheckpointAsync(CancellationToken cancel) => new CheckpointWait(parts, _positions, this, registry).RunAsync(cancel);

    /// <summary>The caller's next read shows its own write.</summary>
    private async Task SeenHereAsync(long position, CancellationToken cancel)
    {
        registry.Get<PipelinesViewKey>().Tell(LookNow.Instance);
        await parts.Pipelines.Reached(position).WaitAsync(cancel);
    }

    public async Task<PipelineCheckpointView> StoredAsync(PipelineView pipeline, CancellationToken cancel)
    {
        var spec = pipeline.Spec;
        var partitions = _positions.Of(spec);
        var groups = parts.Storage.Checkpoints.Of([.. Enumerable.Range(0, spec.KeyGroups).Select(g => WindowActor.PersistenceIdOf(spec.EntityId(g)))]);
        var readers = pipeline.IsRunning ? await Task.WhenAll(partitions.Select(p => ClusterQuestions.ReaderAsync(registry.Get<ReadersRegion>(), p.ReaderId, cancel))) : new ReaderReport?[partitions.Count];
        return new PipelineCheckpointView(pipeline, [.. partitions.Zip(readers, (p, reader) => new SourceCheckpointView(p, reader?.CommittedAtMs))], groups);
    }

    private PipelineOutcome? Refuse(PipelineSpec spec)
    {
        var at = _store.Read().Entries.GetValueOrDefault(spec.Id)?.Position ?? PartitionId.None;
        if (PipelineOverHttp.Faults(spec, parts.Settings) is { Count: > 0 } faults)
            return new PipelineOutcome(PipelineOutcomeKind.Faulty, PipelineUpdate.Nothing, at, null) { Faults = faults };
        return PipelineOverHttp.WhyNot(spec.Id, parts.Settings) is { } why ? new PipelineOutcome(PipelineOutcomeKind.Clashes, PipelineUpdate.Nothing, at, why) : null;
    }

    private static PipelineActivityView Merge(string pipeline, IReadOnlyList<PipelineActivityReport> reports, long nowSecond)
    {
        var bySecond = reports.SelectMany(r => r.Seconds).GroupBy(s => s.Second).ToDictionary(g => g.Key, g => g.Sum(s => s.Events));
        var perSecond = new List<long>();
        for (var second = bySecond.Keys.DefaultIfEmpty(nowSecond).Min(); second < nowSecond; second++)
            perSecond.Add(bySecond.GetValueOrDefault(second));
        return new PipelineActivityView(pipeline, perSecond, [.. reports.SelectMany(r => r.DurationsMs).Order()], reports.Max(r => r.LastMs));
    }

    private Task<Report?[]> AskGroupsAsync(PipelineSpec pipeline, Func<string, object> question, CancellationToken cancel)
    {
        var region = registry.Get<WindowsRegion>();
        return Task.WhenAll(Enumerable.Range(0, pipeline.KeyGroups).Select(g => ClusterQuestions.AskAsync(region, question(pipeline.EntityId(g)), ClusterQuestions.EntityTimeout, cancel)));
    }

    private string? TroubleOf(PipelineSpec pipeline) => pipeline.Source.Kind == SourceKind.Kafka ? parts.Readers.Kafka?.WhyNot(pipeline.SourceName) : null;
}
