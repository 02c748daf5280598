using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>The entity's side of the protocol: message, timer or acknowledgement in; journal writes, appends and answers out.</summary>
/// <remarks>
/// protocol.md rules 14 to 23. No clock and no I/O; not thread safe. Times are milliseconds of any monotonic clock.
/// <para>Outline: recover (restore, fold, check continuity) · apply what is new · one event in flight, the rest belongs to the next ·
/// outputs leave after their own event is acknowledged · safe = journaled and taken.</para>
/// </remarks>
public sealed class EntityMachine(EntityOptions options, IEntityLogic logic, IEntityEffects effects) : IOutputs
{
    private const int SilenceMs = 10_000;

    private readonly AppliedOffsets _applied = new();
    private readonly Dictionary<PartitionId, long> _epochs = [];
    private readonly Outbox _outbox = new();
    private Checkpoint? _writing;
    private PartitionId? _applying;
    private long _recoveredTo;
    private long _snapshotAt;
    private long _wroteAtMs = long.MinValue;
    private long _now;
    private bool _decided;
    private bool _again;
    private bool _retiring;
    private bool _over;

    /// <summary>Number of the last event acknowledged or recovered.</summary>
    public long Sequence { get; private set; }

    public int OutboxCount => _outbox.Count;

    public bool IsClean => !IsDirty && _writing is null && _outbox.Count == 0;

    /// <summary>Asked to stop, or over: nothing new is begun.</summary>
    public bool IsStopping => _retiring || _over;

    public IReadOnlyDictionary<PartitionId, long> Applied => _applied.All;

    bool IOutputs.IsEmpty => _outbox.Count == 0;

    bool IOutputs.Full => _outbox.Count >= options.OutboxMax;

    private bool IsDirty => _applied.HasMoved || _outbox.HasChanged || logic.IsDirty;

    /// <summary>Rule 15, first step.</summary>
    public void Restore(long sequence, EntitySnapshot snapshot)
    {
        Sequence = _recoveredTo = _snapshotAt = sequence;
        _applied.Restore(snapshot.Applied);
        foreach (var item in snapshot.Outbox)
            _outbox.Restore(item);
        foreach (var (topic, number) in snapshot.Numbers)
            _outbox.LaneOf(topic).LastNumber = number;
        if (snapshot.State is { } state)
            logic.Restore(state);
    }

    /// <summary>Rule 15, second step. False if an event is missing before this one: recover again.</summary>
    public bool Fold(long sequence, Checkpoint checkpoint)
    {
        if (sequence != _recoveredTo + 1)
            return false;
        Sequence = _recoveredTo = sequence;
        _applied.Restore(checkpoint.Applied);
        foreach (var item in checkpoint.Added)
            _outbox.Restore(item);
        foreach (var (topic, number) in checkpoint.Taken)
            _outbox.RestoreTaken(topic, number);
        if (checkpoint.Change is { } change)
            logic.Fold(change);
        return true;
    }

    /// <summary>Rule 15, last step: sends the outbox. False if the journal's highest number is above what was folded: recover again (protocol.md A2).</summary>
    public bool Recovered(long highestSequence, long nowMs)
    {
        if (highestSequence != _recoveredTo)
            return false;
        _now = _wroteAtMs = nowMs;
        foreach (var lane in _outbox.Lanes)
            lane.JournaledNumber = lane.LastNumber;
        FlushOutbox();
        return true;
    }

    /// <summary>Rule 17.</summary>
    public void OnApply(Apply apply, long nowMs)
    {
        if (_over || _retiring)
            return;
        _now = nowMs;
        _epochs[apply.Partition] = apply.Epoch;
        var applied = _applied.Of(apply.Partition);
        if (apply.Previous <= applied)
        {
            _decided = false;
            _applying = apply.Partition;
            foreach (var batch in apply.Batches)
            {
                applied = ApplyNew(batch, applied);
                // Full, of outputs or by the logic's own bound: what follows must not overtake what was left.
                if (applied < batch.LastOffset)
                    break;
            }
            if (apply.Tick is { } tick)
                logic.Tick(apply.Partition, tick, this);
            _applying = null;
            // Rules 21 and 27: an entity that is only ticked must meet the fence now and then, and before it lets a due row go.
            var mustWrite = apply.Tick is { } time && (time.Due.Count > 0 || (options.IsFixedGroup && nowMs - _wroteAtMs >= SilenceMs));
            var asks = apply.Batches.Count == 0 && apply.Tick is not { IsTimeOnly: true };
            if (_decided || mustWrite || (asks && IsDirty))
                WriteCheckpoint();
        }
        Tell(apply.Partition, apply.Epoch);
    }

    /// <summary>Writes what changed, at once or after the event in flight. The logic's shell calls it when the logic decided outside of an Apply.</summary>
    public void WriteCheckpoint()
    {
        if (_over)
            return;
        if (_writing is not null)
        {
            _again = true;
            return;
        }
        _again = false;
        _writing = CaptureCheckpoint();
        var snapshot = Sequence + 1 - _snapshotAt >= options.SnapshotEvery ? CaptureSnapshot() : null;
        if (snapshot is not null)
            _snapshotAt = Sequence + 1;
        effects.Journal(_writing, snapshot);
    }

    /// <summary>The event in flight is durable.</summary>
    public void OnJournaled(long nowMs)
    {
        if (_over || _writing is not { } written)
            return;
        _writing = null;
        Sequence++;
        _now = _wroteAtMs = nowMs;
        _applied.Journaled(written.Applied);
        foreach (var item in written.Added)
            _outbox.LaneOf(item.Topic).JournaledNumber = item.Number;
        logic.Journaled();
        FlushOutbox();
        TellAll();
        if (_again || (_retiring && IsDirty))
            WriteCheckpoint();
        else if (_retiring)
            Finish("stopped as planned");
    }

    /// <summary>Failed, rejected or timed out: nobody knows what the journal holds, so this incarnation ends (rule 16).</summary>
    public void OnJournalFailed(string reason)
    {
        if (!_over)
            Finish($"journal write failed: {reason}");
    }

    /// <summary>Rule 20. Null when the call failed: the timer repeats it.</summary>
    public void OnTaken(string topic, long? number, long nowMs)
    {
        if (_over)
            return;
        _now = nowMs;
        if (number is not { } taken)
        {
            _outbox.LaneOf(topic).Failed(nowMs);
            return;
        }
        _outbox.LaneOf(topic).Answered();
        if (_outbox.Take(topic, taken))
        {
            TellAll();
            Resume();
        }
        FlushOutbox();
    }

    /// <summary>Repeats appends whose backoff is over; about each second.</summary>
    public void OnTimer(long nowMs)
    {
        _now = nowMs;
        if (!_over)
            FlushOutbox();
    }

    /// <summary>Rule 23: no Apply is handled from here on; what is dirty is written, then the entity ends.</summary>
    public void OnStop()
    {
        if (_over || _retiring)
            return;
        _retiring = true;
        if (IsDirty && _writing is null)
            WriteCheckpoint();
        else if (_writing is null)
            Finish("stopped as planned");
    }

    void IOutputs.Emit(string topic, string key, IOutput output, long causeOffset)
    {
        AppliedOffset? cause = causeOffset == PartitionId.None || _applying is null ? null : new AppliedOffset(_applying, causeOffset);
        _outbox.Add(topic, key, output, cause);
        _decided = true;
    }

    /// <summary>What the logic could not emit while the outbox was full need not wait for the next tick.</summary>
    private void Resume()
    {
        if (_retiring || _outbox.Count >= options.OutboxMax)
            return;
        _decided = false;
        logic.Resume(this);
        if (_decided)
            WriteCheckpoint();
    }

    private long ApplyNew(EntityBatch batch, long applied)
    {
        var index = 0;
        while (index < batch.Count && batch.OffsetAt(index) <= applied)
            index++;
        while (index < batch.Count && _outbox.Count < options.OutboxMax)
        {
            try
            {
                logic.Apply(_applying!, batch, ref index, this);
                break;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // Broad on purpose: replay would meet the same record for ever (protocol.md B4), so it is counted, kept as a dead letter and passed.
                effects.DeadLetter(_applying!, batch.OffsetAt(index), error);
                index++;
            }
        }
        if (index == 0 || batch.OffsetAt(index - 1) <= applied)
            return applied;
        _applied.Move(_applying!, batch.OffsetAt(index - 1));
        return batch.OffsetAt(index - 1);
    }

    private Checkpoint CaptureCheckpoint()
    {
        var (added, taken) = _outbox.TakeChange();
        return new Checkpoint(_applied.TakeMoved(), added, taken, logic.Capture());
    }

    private EntitySnapshot CaptureSnapshot() => new(
        _applied.Capture(),
        [.. _outbox.Lanes.SelectMany(l => l.Items)],
        [.. _outbox.Lanes.Select(l => new TakenNumber(l.Topic, l.LastNumber))],
        logic.CaptureAll());

    private void FlushOutbox()
    {
        foreach (var lane in _outbox.Lanes)
        {
            if (lane.TakeCall(_now, options.AppendItemsMax) is { Length: > 0 } items)
                effects.Append(lane.Topic, items);
        }
    }

    private void TellAll()
    {
        foreach (var (partition, epoch) in _epochs)
            Tell(partition, epoch);
    }

    private void Tell(PartitionId partition, long epoch) =>
        effects.Answer(new Answer(options.EntityId, partition, epoch, _applied.Of(partition), _outbox.SafeBelow(partition, _applied.JournaledOf(partition))));

    private void Finish(string reason)
    {
        _over = true;
        effects.Stop(reason);
    }
}
