namespace ActorStream.Domain.Protocol;

/// <param name="IsFixedGroup">Ticked for ever by its readers: writes an empty event when it has not written for ten seconds (rule 21).</param>
/// <param name="OutboxMax">Outputs not yet taken; at the bound no further record is applied.</param>
/// <param name="AppendItemsMax">Outputs in one call.</param>
/// <param name="SnapshotEvery">Events between two snapshots.</param>
public sealed record EntityOptions(string EntityId, bool IsFixedGroup, int OutboxMax = 10_000, int AppendItemsMax = 500, int SnapshotEvery = 100);
