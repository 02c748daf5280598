using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Actors.Tests.Support;

/// <summary>Once spoiled, its changes are of a type that no serializer knows: the journal rejects the write before it reaches the database.</summary>
internal sealed class RejectedLogic(IEntityLogic inner) : IEntityLogic
{
    public volatile bool Spoiled;

    public bool IsDirty => Spoiled || inner.IsDirty;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs) => inner.Apply(partition, batch, ref index, outputs);

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => inner.Tick(partition, tick, outputs);

    public IStateChange? Capture() => Spoiled ? new Unknown() : inner.Capture();

    public IStateSnapshot? CaptureAll() => inner.CaptureAll();

    public void Fold(IStateChange change) => inner.Fold(change);

    public void Restore(IStateSnapshot snapshot) => inner.Restore(snapshot);

    public void Journaled() => inner.Journaled();

    private sealed record Unknown : IStateChange;
}
