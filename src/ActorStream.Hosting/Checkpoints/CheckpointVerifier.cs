using System.Globalization;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Windows;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Recovers everything that is stored, as nodes would, and compares what should fit: journals, snapshots, commit rows, topics.</summary>
/// <remarks>
/// Outline: 1. every entity is recovered by itself; 2. its outputs are compared with what their topics have taken, and what it applied with the ends of its topics;
/// 3. commit rows are compared with their topics, with outputs that were not taken, and with the books of all key groups; 4. topics have no gaps.
/// A byte that was changed into another valid value is found only where a sum or a number depends on it: rows carry no checksum.
/// </remarks>
/// <param name="pipelines">Of <see cref="StoredPipelines.Of"/>.</param>
/// <param name="external">Topics that live elsewhere.</param>
public sealed class CheckpointVerifier(IStateReader state, PipelineBook pipelines, IReadOnlySet<string> external)
{
    private readonly List<string> _lines = [];
    private readonly List<string> _notes = [];
    private readonly List<CheckpointFault> _faults = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, long>> _taken = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, StoredTopic> _topics = new Dictionary<string, StoredTopic>();

    /// <param name="only">Null: everything. Else what belongs to the pipeline of this id.</param>
    /// <exception cref="StorageUnavailableException">The database cannot be read.</exception>
    public VerifyReport Run(string? only)
    {
        if (!state.HasFence)
            _faults.Add(new CheckpointFault("journal", null, "the trigger that keeps two incarnations of an entity from overwriting each other is missing or another one.", "Restore it from the schema; no node starts without it."));
        _topics = state.Topics().ToDictionary(t => t.Name, StringComparer.Ordinal);
        var commits = state.Commits().Where(c => only is null || BelongsTo(only, c.Partition)).ToArray();
        var check = new CommitCheck(commits, _topics, external);
        var entities = state.PersistenceIds().Select(StoredEntity.Of).Where(e => only is null || e.Pipeline == only).ToArray();

        foreach (var pipeline in StoredPipelines.Ids(pipelines, state).Where(id => only is null || id == only))
            Pipeline(pipeline, [.. entities.Where(e => e.Pipeline == pipeline)], commits.Count(c => c.Partition.Group == GroupOf(pipeline)), check);
        foreach (var type in entities.Where(e => e.Pipeline is null).GroupBy(e => e.Type).OrderBy(t => t.Key, StringComparer.Ordinal))
            Others(type.Key, [.. type], check);
        _faults.AddRange(check.Rows(IsWanted));
        Topics(only, entities.Select(e => e.PersistenceId).ToHashSet(StringComparer.Ordinal));
        return new VerifyReport(_lines, _notes, _faults);
    }

    private void Pipeline(string id, IReadOnlyList<StoredEntity> entities, int partitions, CommitCheck check)
    {
        var spec = SpecOf(id);
        var groups = Recover(entities, spec, check);
        if (spec is null)
            _notes.Add($"What pipeline {id} is, neither the cluster nor the settings say, so its windows were not looked into, only its journals and books; name its file with --pipeline.");
        else if (groups.Count == entities.Count && check.Books(spec, groups, state.DeadLetters("apply-failed")) is { } missing)
            _faults.Add(missing);
        var windows = spec is null ? "" : $", {Number(groups.Sum(g => (long)g.WindowsHeld))} panes and sessions held";
        _lines.Add($"pipeline {id}: {Count(entities.Count, "key group")}, {Figures(groups)}, {Number(groups.Sum(g => g.Books?.In ?? 0))} events of its source{windows}; {Count(partitions, "partition")} committed");
    }

    private void Others(string type, IReadOnlyList<StoredEntity> entities, CommitCheck check)
    {
        if (type is not (StoredEntity.Alarms or StoredEntity.Notices))
            _notes.Add($"Entities of type {type} are unknown to this version: only the order of their events was looked at.");
        _lines.Add($"{type}: {Count(entities.Count, "entity", "entities")}, {Figures(Recover(entities, null, check))}");
    }

    private List<RecoveredEntity> Recover(IReadOnlyList<StoredEntity> entities, PipelineSpec? spec, CommitCheck check)
    {
        var recovered = new List<RecoveredEntity>();
        foreach (var stored in entities)
        {
            var (entity, fault) = EntityRecovery.Run(stored, spec, state);
            if (fault is not null)
                _faults.Add(fault);
            if (entity is null)
                continue;
            recovered.Add(entity);
            _faults.AddRange(TopicCheck.Taken(entity, topic => TakenBy(topic, stored.PersistenceId)));
            _faults.AddRange(check.Applied(entity));
            _faults.AddRange(check.Outbox(entity, topic => TakenBy(topic, stored.PersistenceId) ?? 0));
        }
        return recovered;
    }

    private void Topics(string? only, IReadOnlySet<string> entities)
    {
        var topics = _topics.Values.Where(t => only is null || t.Name == SpecOf(only)?.Windows.ResultsTopic).ToArray();
        var check = new TopicCheck(state);
        foreach (var topic in topics)
            _faults.AddRange(check.Offsets(topic).Concat(TopicCheck.Senders(topic, TakenBy(topic), entities)));
        _lines.Add($"topics: {Count(topics.Length, "topic")}, {Count(topics.Sum(t => t.Partitions.Count), "partition")}, {Count(check.Batches, "batch", "batches")}");
    }

    private long? TakenBy(string topic, string sender) => _topics.TryGetValue(topic, out var stored) ? TakenBy(stored).GetValueOrDefault(sender) : null;

    private IReadOnlyDictionary<string, long> TakenBy(StoredTopic topic) => _taken.TryGetValue(topic.Name, out var known) ? known : _taken[topic.Name] = state.TakenBy(topic);

    private bool BelongsTo(string pipeline, PartitionId partition) =>
        partition.Group == GroupOf(pipeline) || (SpecOf(pipeline) is { } spec && spec.Sinks.Any(s => PipelineGroups.SinkGroupOf(spec, s) == partition.Group));

    private PipelineSpec? SpecOf(string id) => pipelines.Entries.GetValueOrDefault(id)?.Spec;

    /// <summary>What a pipeline that is unknown or deleted has not read may be gone: nothing is kept for it.</summary>
    private bool IsWanted(string group) =>
        group is TopicNames.AlarmsGroup or TopicNames.NoticesGroup or TopicNames.HistoryGroup
        || pipelines.Pipelines.Any(p => p.ReaderGroup == group || p.Sinks.Any(s => PipelineGroups.SinkGroupOf(p, s) == group));

    private static string GroupOf(string pipeline) => $"pipeline.{pipeline}";

    private static string Figures(IReadOnlyCollection<RecoveredEntity> entities) =>
        $"{Count(entities.Count(e => e.HasSnapshot), "snapshot")}, {Count(entities.Sum(e => e.Events), "event")} replayed, {Count(entities.Sum(e => e.Lanes.Values.Sum(l => (long)l.Waiting.Count)), "output")} under way";

    private static string Count(long number, string one, string? many = null) => $"{Number(number)} {(number == 1 ? one : many ?? one + "s")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
