using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Commit rows beside their topics and beside what the entities have journaled: a row that lies ahead of either has lost records.</summary>
internal sealed class CommitCheck(IReadOnlyList<(PartitionId Partition, CommitRow Row)> commits, IReadOnlyDictionary<string, StoredTopic> topics, IReadOnlySet<string> external)
{
    private readonly Dictionary<PartitionId, CommitRow> _rows = commits.ToDictionary(c => c.Partition, c => c.Row);

    /// <param name="isWanted">Whether a reader of that group still exists: the records of others are not kept for them.</param>
    public IEnumerable<CheckpointFault> Rows(Func<string, bool> isWanted)
    {
        foreach (var (partition, row) in commits)
        {
            var c = row.Counters;
            if (c.Records != c.Routed + c.Unrouted + c.Unreadable)
                yield return new CheckpointFault($"{partition}", null, $"the commit row counts {c.Records} records, of which {c.Routed} were handed on, {c.Unrouted} were for nobody and {c.Unreadable} unreadable; the sum should be the same.", CheckpointFault.Restore);
            if (row.Position < 0)
                yield return new CheckpointFault($"{partition}", null, $"the commit row is at {row.Position}; offsets begin with 0.", CheckpointFault.Restore);
            else if (PlaceOf(partition) is { } place && BesideTopic(partition, row, place, isWanted(partition.Group)) is { } fault)
                yield return fault;
        }
    }

    /// <summary>What an entity has applied is in its topic.</summary>
    public IEnumerable<CheckpointFault> Applied(RecoveredEntity entity)
    {
        foreach (var (partition, offset) in entity.Applied)
        {
            if (PlaceOf(partition) is { } place && place.Incarnation == partition.Incarnation && offset >= place.Of.Head)
                yield return new CheckpointFault(entity.Entity.PersistenceId, null, $"it has applied {partition} up to {offset}, and the topic ends before {place.Of.Head}: the topic is older than the state.", CheckpointFault.RestoreBoth);
        }
    }

    /// <summary>No commit passes the record of an output that its topic has not taken: nobody would send that output again (protocol.md A6).</summary>
    public IEnumerable<CheckpointFault> Outbox(RecoveredEntity entity, Func<string, long> takenBy)
    {
        foreach (var (topic, lane) in entity.Lanes)
        {
            var taken = takenBy(topic);
            foreach (var item in lane.Waiting.Where(i => i.Number > taken && i.Cause is not null))
            {
                if (_rows.TryGetValue(item.Cause!.Value.Partition, out var row) && row.Position > item.Cause.Value.Offset)
                    yield return new CheckpointFault(
                        $"{item.Cause.Value.Partition}", null,
                        $"the commit row is at {row.Position}, beyond record {item.Cause.Value.Offset}, whose output {item.Number} of {entity.Entity.PersistenceId} for {topic} was not taken yet.", CheckpointFault.Restore);
            }
        }
    }

    /// <summary>What was handed to a pipeline's groups below the commit rows must be in their books; more may be.</summary>
    /// <param name="groups">All that have stored something, each recovered.</param>
    /// <param name="applyFailed">Records that became dead letters in an entity: handed on, and in no books.</param>
    public CheckpointFault? Books(PipelineSpec pipeline, IReadOnlyList<RecoveredEntity> groups, long applyFailed)
    {
        var routed = commits.Where(c => c.Partition.Group == pipeline.ReaderGroup).Sum(c => c.Row.Counters.Routed);
        var journaled = groups.Sum(g => g.Books?.In ?? 0);
        return journaled + applyFailed >= routed
            ? null
            : new CheckpointFault(
                pipeline.ReaderGroup, null,
                $"the commit rows say that {routed} events were handed to the key groups, and their journals hold {journaled} ({applyFailed} records failed in some entity): {routed - journaled - applyFailed} would be missing after a restart.", CheckpointFault.Restore);
    }

    private CheckpointFault? BesideTopic(PartitionId partition, CommitRow row, Place place, bool isWanted)
    {
        if (partition.Incarnation > place.Incarnation)
            return new CheckpointFault($"{partition}", null, $"the commit row is of incarnation {partition.Incarnation} of the topic, which is here in {place.Incarnation}: the topic is older than the state.", CheckpointFault.RestoreBoth);
        if (partition.Incarnation < place.Incarnation)
            return null;
        if (row.Position > place.Of.Head)
            return new CheckpointFault($"{partition}", null, $"the commit row is at {row.Position}, and the topic ends at {place.Of.Head}.", CheckpointFault.RestoreBoth);
        return isWanted && row.Position < place.Of.FirstBefore
            ? new CheckpointFault($"{partition}", null, $"the commit row is at {row.Position}, and the topic begins at {place.Of.FirstBefore}: {place.Of.FirstBefore - row.Position} records are gone that were not read.", CheckpointFault.RestoreBoth)
            : null;
    }

    /// <summary>Null: the log is not here (files, Kafka).</summary>
    private Place? PlaceOf(PartitionId partition) =>
        !external.Contains(partition.Topic) && topics.TryGetValue(partition.Topic, out var topic) && topic.Partitions.Any(p => p.Partition == partition.Partition)
            ? new Place(topic.Incarnation, topic.Partitions.Single(p => p.Partition == partition.Partition))
            : null;

    private sealed record Place(int Incarnation, StoredPartition Of);
}
