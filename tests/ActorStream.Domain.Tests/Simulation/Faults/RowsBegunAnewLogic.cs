using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A join whose checkpoints do not say how many rows of a window have left.</summary>
internal sealed class RowsBegunAnewLogic(JoinState join) : IWindowLogic
{
    public long Watermark => join.Watermark;

    public int Keys => join.Keys;

    public int OpenWindows => join.OpenWindows;

    public WindowBooks Books => join.Books;

    public WindowBlock? Blocked => join.Blocked;

    public bool HasDue => join.HasDue;

    public bool IsOutdated => join.IsOutdated;

    public IReadOnlyList<DroppedWindows> Dropped => join.Dropped;

    public bool IsDirty => join.IsDirty;

    public IReadOnlyList<LateEvent> TakeLate() => join.TakeLate();

    public IReadOnlyList<WindowDescription> Describe(int limit) => join.Describe(limit);

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs) => join.Apply(partition, batch, ref index, outputs);

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => join.Tick(partition, tick, outputs);

    public void Resume(IOutputs outputs) => join.Resume(outputs);

    public IStateChange? Capture() => join.Capture();

    public IStateSnapshot? CaptureAll() => join.CaptureAll();

    public void Fold(IStateChange change) => join.Fold((JoinStateChange)change with { Rows = Anew(((JoinStateChange)change).Rows) });

    public void Restore(IStateSnapshot snapshot) => join.Restore((JoinStateSnapshot)snapshot with { Rows = Anew(((JoinStateSnapshot)snapshot).Rows) });

    public void Journaled() => join.Journaled();

    private static JoinRowsState? Anew(JoinRowsState? rows) => rows is null ? null : rows with { Done = 0 };
}
