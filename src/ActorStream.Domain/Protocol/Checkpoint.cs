using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>The one kind of journal event (protocol.md rule 14): everything that changed since the checkpoint before, as one cut.</summary>
/// <param name="Applied">Highest offset applied, for the partitions where it rose.</param>
/// <param name="Added">Outputs concluded since.</param>
/// <param name="Taken">Per topic, the highest number its topic has taken.</param>
/// <param name="Change">The logic's own change, or null.</param>
public sealed record Checkpoint(IReadOnlyList<AppliedOffset> Applied, IReadOnlyList<OutboxItem> Added, IReadOnlyList<TakenNumber> Taken, IStateChange? Change);

/// <summary>The fold of the journal up to one event, captured together with it (protocol.md A11).</summary>
public sealed record EntitySnapshot(IReadOnlyList<AppliedOffset> Applied, IReadOnlyList<OutboxItem> Outbox, IReadOnlyList<TakenNumber> Numbers, IStateSnapshot? State);

public readonly record struct AppliedOffset(PartitionId Partition, long Offset);

/// <summary>In a checkpoint the highest number taken of a topic; in a snapshot the highest number issued.</summary>
public readonly record struct TakenNumber(string Topic, long Number);

/// <summary>An output that its topic has not yet taken.</summary>
/// <param name="Number">Per (sender, topic), from 1 without gaps.</param>
/// <param name="Cause">Partition and offset of the record that caused it; null if a tick did. The reader may not commit past it before it is taken.</param>
public sealed record OutboxItem(string Topic, long Number, string Key, IOutput Output, AppliedOffset? Cause);
