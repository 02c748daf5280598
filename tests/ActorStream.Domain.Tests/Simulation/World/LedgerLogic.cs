using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

internal sealed class PoisonException() : Exception("a record that makes the logic throw");

internal readonly record struct LedgerEntry(PartitionId Partition, IReadOnlyList<long> Offsets);

internal sealed record LedgerChange(IReadOnlyList<LedgerEntry> Applied, IStateChange? Inner) : IStateChange;

internal sealed record LedgerSnapshot(IReadOnlyList<LedgerEntry> Applied, IStateSnapshot? Inner) : IStateSnapshot;

/// <summary>Round an entity's logic: writes down every offset that was applied, as part of the same journaled state, and throws on poison.</summary>
/// <param name="inner">The product's.</param>
/// <param name="noSilenceBySample">The planted fault: what a sample says about the silence before it is lost.</param>
internal class LedgerLogic(IEntityLogic inner, bool noSilenceBySample = false) : IEntityLogic
{
    private readonly Dictionary<PartitionId, List<long>> _all = [];
    private readonly Dictionary<PartitionId, List<long>> _new = [];

    public IEntityLogic Inner => inner;

    public bool IsDirty => _new.Count > 0 || inner.IsDirty;

    public IReadOnlyList<long> AppliedOf(PartitionId partition) => _all.TryGetValue(partition, out var offsets) ? offsets : [];

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var start = index;
        var poison = index;
        while (poison < batch.Count && !IsPoison(batch, poison))
            poison++;
        var isHealthy = poison == batch.Count;
        inner.Apply(partition, isHealthy ? batch : Head(batch, poison), ref index, noSilenceBySample ? new WithoutSilence(outputs) : outputs);
        var throws = !isHealthy && index == poison && !outputs.Full;
        for (var i = start; i < (throws ? index + 1 : index); i++)
        {
            ListOf(_all, partition).Add(batch.OffsetAt(i));
            ListOf(_new, partition).Add(batch.OffsetAt(i));
        }
        if (throws)
            throw new PoisonException();
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs) => inner.Tick(partition, tick, outputs);

    public void Resume(IOutputs outputs) => inner.Resume(outputs);

    public IStateChange? Capture()
    {
        // Asked even when it is not dirty: a capture is also the moment after which an event stands for what was seen.
        var change = inner.Capture();
        if (_new.Count == 0 && change is null)
            return null;
        var ledger = new LedgerChange(Entries(_new), change);
        _new.Clear();
        return ledger;
    }

    public IStateSnapshot CaptureAll() => new LedgerSnapshot(Entries(_all), inner.CaptureAll());

    public void Fold(IStateChange change)
    {
        var ledger = (LedgerChange)change;
        foreach (var (partition, offsets) in ledger.Applied)
            ListOf(_all, partition).AddRange(offsets);
        if (ledger.Inner is { } state)
            inner.Fold(state);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        var ledger = (LedgerSnapshot)snapshot;
        foreach (var (partition, offsets) in ledger.Applied)
            ListOf(_all, partition).AddRange(offsets);
        if (ledger.Inner is { } state)
            inner.Restore(state);
    }

    public void Journaled() => inner.Journaled();

    private sealed class WithoutSilence(IOutputs inner) : IOutputs
    {
        public bool Full => inner.Full;

        public bool IsEmpty => inner.IsEmpty;

        public void Emit(string topic, string key, IOutput output, long causeOffset)
        {
            if (output is not AlarmRecord { Kind: AlarmKind.Stale })
                inner.Emit(topic, key, output, causeOffset);
        }
    }

    private static bool IsPoison(EntityBatch batch, int index) => batch switch
    {
        SampleBatch samples => double.IsNaN(samples.Columns.Values[samples.Start + index]),
        EventBatch events => double.IsNaN(events.Columns.Values[events.Start + index]),
        _ => false,
    };

    private static EntityBatch Head(EntityBatch batch, int count) =>
        batch is EventBatch events ? new EventBatch(events.Columns, events.Start, count) : new SampleBatch(((SampleBatch)batch).Columns, ((SampleBatch)batch).Start, count);

    private static LedgerEntry[] Entries(Dictionary<PartitionId, List<long>> offsets)
    {
        var entries = new LedgerEntry[offsets.Count];
        var i = 0;
        foreach (var (partition, list) in offsets)
            entries[i++] = new LedgerEntry(partition, list.ToArray());
        return entries;
    }

    private static List<long> ListOf(Dictionary<PartitionId, List<long>> offsets, PartitionId partition)
    {
        if (!offsets.TryGetValue(partition, out var list))
            offsets.Add(partition, list = []);
        return list;
    }
}
