using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Round the product's windows: what is stored of them may be changed on its way.</summary>
internal abstract class WindowLogicAround(IWindowLogic inner) : IWindowLogic
{
    public long Watermark => inner.Watermark;

    public int Keys => inner.Keys;

    public int OpenWindows => inner.OpenWindows;

    public WindowBooks Books => inner.Books;

    public WindowBlock? Blocked => inner.Blocked;

    public bool HasDue => inner.HasDue;

    public bool IsOutdated => inner.IsOutdated;

    public IReadOnlyList<DroppedWindows> Dropped => inner.Dropped;

    public bool IsDirty => inner.IsDirty;

    public IReadOnlyList<LateEvent> TakeLate() => inner.TakeLate();

    public IReadOnlyList<WindowDescription> Describe(int limit) => inner.Describe(limit);

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs) => inner.Apply(partition, batch, ref index, outputs);

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => inner.Tick(partition, tick, outputs);

    public void Resume(IOutputs outputs) => inner.Resume(outputs);

    public virtual IStateChange? Capture() => inner.Capture();

    public virtual IStateSnapshot? CaptureAll() => inner.CaptureAll();

    public virtual void Fold(IStateChange change) => inner.Fold(change);

    public virtual void Restore(IStateSnapshot snapshot) => inner.Restore(snapshot);

    public void Journaled() => inner.Journaled();
}
