using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>What an entity asks of its surroundings. Calls return at once; outcomes come back as inputs of the machine.</summary>
public interface IEntityEffects
{
    /// <summary>Writes one event; with a snapshot, saves that under the event's number once the event is acknowledged. Answered by <see cref="EntityMachine.OnJournaled"/>; a failure stops the entity.</summary>
    void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot);

    /// <summary>Appends numbered outputs to a topic. Answered by <see cref="EntityMachine.OnTaken"/>.</summary>
    void Append(string topic, IReadOnlyList<OutboxItem> items);

    /// <summary>To the reader that this partition's last Apply came from.</summary>
    void Answer(Answer answer);

    /// <summary>The logic threw on this record; it counts as applied.</summary>
    void DeadLetter(PartitionId partition, long offset, Exception error);

    /// <summary>The entity ends; the next message starts a new incarnation, which recovers.</summary>
    void Stop(string reason);
}
