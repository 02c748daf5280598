using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>An event that a group applied, with all that its rules go by.</summary>
/// <param name="DecodedBy">Change of the pipeline that its reader ran.</param>
/// <param name="Version">Change of the pipeline that its group had.</param>
/// <param name="Fired">The group's watermark.</param>
internal readonly record struct Judgement(PartitionId Partition, long Offset, long DecodedBy, long Version, long WatermarkBefore, long Fired);

/// <summary>A journal goes on under another change of the pipeline.</summary>
/// <param name="Watermark">Of the state that was taken over; <see cref="PartitionId.NoTime"/>: there was none.</param>
/// <param name="WasDue">In that state windows waited for the outbox.</param>
internal sealed record Turn(long Version, long Watermark, bool WasDue);

/// <param name="Turn">Null: the event before it was of the same change.</param>
internal sealed record LateChange(IReadOnlyList<LateEvent> Late, IReadOnlyList<Judgement> Judged, Turn? Turn, bool HasDue, IStateChange? Inner) : IStateChange;

internal sealed record LateSnapshot(IReadOnlyList<LateEvent> Late, IReadOnlyList<Judgement> Judged, IReadOnlyList<Turn> Turns, bool HasDue, IStateSnapshot? Inner) : IStateSnapshot;

/// <summary>Round the windows of a key group: writes down, as part of the same journaled state, what every spec rejected, by what each event was judged, and where the plan changed.</summary>
/// <param name="version">Change of the pipeline that the windows are of.</param>
internal sealed class WindowLedger(IWindowLogic windows, long version) : LedgerLogic(new WithLate(windows, version))
{
    public IWindowLogic Windows => windows;

    /// <summary>All that was ever rejected.</summary>
    public IReadOnlyList<LateEvent> Late => ((WithLate)Inner).All;

    /// <summary>All that was ever applied, in order.</summary>
    public IReadOnlyList<Judgement> Judged => ((WithLate)Inner).Judged;

    /// <summary>The first is where the journal begins.</summary>
    public IReadOnlyList<Turn> Turns => ((WithLate)Inner).Turns;

    public IReadOnlyList<LateEvent> TakeLetters() => ((WithLate)Inner).TakeLetters();

    private sealed class WithLate(IWindowLogic windows, long version) : IEntityLogic
    {
        private readonly List<LateEvent> _new = [];
        private readonly List<LateEvent> _letters = [];
        private int _judgedWritten;
        private long _storedWatermark = PartitionId.NoTime;
        private bool _storedDue;

        public List<LateEvent> All { get; } = [];

        public List<Judgement> Judged { get; } = [];

        public List<Turn> Turns { get; } = [];

        public bool IsDirty => windows.IsDirty;

        public IReadOnlyList<LateEvent> TakeLetters()
        {
            var letters = _letters.ToArray();
            _letters.Clear();
            return letters;
        }

        public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
        {
            var from = index;
            windows.Apply(partition, batch, ref index, outputs);
            var columns = ((EventBatch)batch).Columns;
            for (var i = from; i < index; i++)
                Judged.Add(new Judgement(partition, batch.OffsetAt(i), batch.SpecVersion, version, columns.WatermarksBefore[((EventBatch)batch).Start + i], windows.Watermark));
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
            var turn = Turns.Count > 0 && Turns[^1].Version == version ? null : new Turn(version, _storedWatermark, _storedDue);
            if (turn is not null)
                Turns.Add(turn);
            var captured = new LateChange(_new.ToArray(), Judged.Skip(_judgedWritten).ToArray(), turn, windows.HasDue, change);
            _new.Clear();
            _judgedWritten = Judged.Count;
            return captured;
        }

        public IStateSnapshot CaptureAll() => new LateSnapshot(All.ToArray(), Judged.ToArray(), Turns.ToArray(), windows.HasDue, windows.CaptureAll());

        public void Fold(IStateChange change)
        {
            var stored = (LateChange)change;
            All.AddRange(stored.Late);
            Judged.AddRange(stored.Judged);
            if (stored.Turn is { } turn)
                Turns.Add(turn);
            windows.Fold(stored.Inner!);
            Took(stored.HasDue);
        }

        public void Restore(IStateSnapshot snapshot)
        {
            var stored = (LateSnapshot)snapshot;
            All.AddRange(stored.Late);
            Judged.AddRange(stored.Judged);
            Turns.AddRange(stored.Turns);
            windows.Restore(stored.Inner!);
            Took(stored.HasDue);
        }

        public void Journaled() => windows.Journaled();

        private void Took(bool hasDue) => (_judgedWritten, _storedWatermark, _storedDue) = (Judged.Count, windows.Watermark, hasDue);
    }
}
