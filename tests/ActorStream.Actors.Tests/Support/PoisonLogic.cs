using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Actors.Tests.Support;

/// <summary>Throws on one offset, as a bug in the logic would, each time it meets it.</summary>
internal sealed class PoisonLogic(IEntityLogic inner, long poison) : IEntityLogic
{
    public bool IsDirty => inner.IsDirty;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        if (batch.OffsetAt(index) == poison)
            throw new InvalidDataException("poison");
        inner.Apply(partition, batch, ref index, outputs);
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => inner.Tick(partition, tick, outputs);

    public IStateChange? Capture() => inner.Capture();

    public IStateSnapshot? CaptureAll() => inner.CaptureAll();

    public void Fold(IStateChange change) => inner.Fold(change);

    public void Restore(IStateSnapshot snapshot) => inner.Restore(snapshot);

    public void Journaled() => inner.Journaled();
}
