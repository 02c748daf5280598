using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Topics: offsets without gaps, and numbers of outputs that fit the journals of their senders.</summary>
internal sealed class TopicCheck(IStateReader state)
{
    public long Batches { get; private set; }

    /// <summary>From the lowest offset held to the head, each batch begins where the one before ends.</summary>
    public IEnumerable<CheckpointFault> Offsets(StoredTopic topic)
    {
        var next = topic.Partitions.ToDictionary(p => p.Partition, p => p.First);
        foreach (var span in state.SpansOf(topic))
        {
            Batches++;
            if (!next.TryGetValue(span.Partition, out var expected))
                yield return Fault(topic, span.Partition, $"there is a batch at {span.FirstOffset}, and the topic has no such partition.");
            else if (span.FirstOffset != expected)
                yield return Fault(topic, span.Partition, $"a batch begins at {span.FirstOffset}; it should be {expected}.");
            next[span.Partition] = span.Next;
        }
        foreach (var partition in topic.Partitions.Where(p => next[p.Partition] != p.Head))
            yield return Fault(topic, partition.Partition, $"the batches end at {next[partition.Partition]}, and the next offset to be given is {partition.Head}.");
    }

    /// <summary>A topic has taken what the journal knows as taken, perhaps more, and nothing that was not issued (protocol.md rule 28).</summary>
    public static IEnumerable<CheckpointFault> Taken(RecoveredEntity entity, Func<string, long?> takenBy)
    {
        var id = entity.Entity.PersistenceId;
        foreach (var (topic, lane) in entity.Lanes)
        {
            // It may live elsewhere.
            if (takenBy(topic) is not { } taken)
                continue;
            if (taken < lane.Taken)
                yield return new CheckpointFault(id, null, $"topic {topic} has taken its outputs up to {taken}, and its journal knows that {lane.Taken} were taken: the topic is older.", CheckpointFault.RestoreBoth);
            if (taken > lane.Issued)
                yield return new CheckpointFault(id, null, $"topic {topic} has taken its outputs up to {taken}, and its journal has issued {lane.Issued}: the journal is older, and what it issues next would not be taken.", CheckpointFault.RestoreBoth);
        }
    }

    /// <summary>An entity whose outputs were taken has a journal.</summary>
    public static IEnumerable<CheckpointFault> Senders(StoredTopic topic, IReadOnlyDictionary<string, long> taken, IReadOnlySet<string> entities) =>
        from sender in taken
        where StoredEntity.Of(sender.Key).Type is StoredEntity.Windows or StoredEntity.Alarms && !entities.Contains(sender.Key)
        select new CheckpointFault(sender.Key, null, $"topic {topic.Name} has taken its outputs up to {sender.Value}, and it has neither events nor a snapshot.", CheckpointFault.RestoreBoth);

    private static CheckpointFault Fault(StoredTopic topic, int partition, string what) => new($"topic {topic.Name}/{partition}", null, what, CheckpointFault.RestoreBoth);
}
