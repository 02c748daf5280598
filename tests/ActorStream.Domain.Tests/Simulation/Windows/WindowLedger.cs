using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

internal sealed record LateChange(IReadOnlyList<LateEvent> Late, IStateChange? Inner) : IStateChange;

internal sealed record LateSnapshot(IReadOnlyList<LateEvent> Late, IStateSnapshot? Inner) : IStateSnapshot;

/// <summary>Round the windows of a key group: writes down, as part of the same journaled state, what every spec rejected.</summary>
internal sealed class WindowLedger(IWindowLogic windows) : LedgerLogic(new WithLate(windows))
{
    public IWindowLogic Windows => windows;

    /// <summary>All that was ever rejected.</summary>
    public IReadOnlyList<LateEvent> Late => ((WithLate)Inner).All;

    public IReadOnlyList<LateEvent> TakeLetters() => ((WithLate)Inner).TakeLetters();

    private sealed class WithLate(IWindowLogic windows) : IEntityLogic
    {
        private readonly List<LateEvent> _new = [];
        private readonly List<LateEvent> _letters = [];

        public List<LateEvent> All { get; } = [];

        public bool IsDirty => windows.IsDirty;

        public IReadOnlyList<LateEvent> TakeLetters()
        {
            var letters = _letters.ToArray();
            _letters.Clear();
            return letters;
        }

        public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
        {
            windows.Apply(partition, batch, ref index, outputs);
            var late = windows.TakeLate();
            All.AddRange(late);
            _new.AddRange(late);
            _letters.AddRange(late);
        }

        public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => windows.Tick(partition, tick, outputs);

        public void Resume(IOutputs outputs) => windows.Resume(outputs);

        public IStateChange? Capture()
        {
            if (windows.Capture() is not { } change)
                return null;
            var late = _new.ToArray();
            _new.Clear();
            return new LateChange(late, change);
        }

        public IStateSnapshot CaptureAll() => new LateSnapshot(All.ToArray(), windows.CaptureAll());

        public void Fold(IStateChange change)
        {
            All.AddRange(((LateChange)change).Late);
            windows.Fold(((LateChange)change).Inner!);
        }

        public void Restore(IStateSnapshot snapshot)
        {
            All.AddRange(((LateSnapshot)snapshot).Late);
            windows.Restore(((LateSnapshot)snapshot).Inner!);
        }

        public void Journaled() => windows.Journaled();
    }
}
