using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>The reader's side of the protocol for one partition and one epoch: message or timer in; applies and commits out.</summary>
/// <remarks>
/// protocol.md rules 5 to 10, 12, 13 and 27. No clock and no I/O; not thread safe. Times are milliseconds of any monotonic clock.
/// <para>Outline: a chunk's batches join the waiting line of their entity · one Apply with records in flight per entity · an answer acknowledges,
/// frees or repeats · a tick asks for checkpoints · the greatest chunk end below everything not safe is committed · the watermark that this raised is told at once.</para>
/// </remarks>
public sealed class ReaderMachine(PartitionId partition, CommitRow row, ReaderBounds bounds, IReadOnlyList<string> fixedGroups, IReaderEffects effects, TimePolicy? time = null)
{
    public const int TickMs = 1_000;
    internal const int TickBackoffMaxMs = 5_000;
    private const int StopWaitMs = 5_000;

    private readonly TrackedEntities _tracked = new(fixedGroups);
    private readonly UncommittedChunks _chunks = new();
    private readonly DueQuestions _dueQuestions = new();
    private readonly IdleRaise _idle = new(time);
    private readonly long _epoch = row.Epoch;
    private long _serial = row.Serial;
    private bool _committing;
    private bool _tooFarAhead;
    private bool _over;
    private long _now;
    private long _told = PartitionId.NoTime;
    private long _stopAt = long.MaxValue;
    private CommitRow? _asked;

    /// <summary>Records wait at their entity until it answers; this many entities are not clean.</summary>
    public int TrackedCount => _tracked.Count;

    /// <summary>The next offset to read.</summary>
    public long Next { get; private set; } = row.Position;

    /// <summary>The committed position.</summary>
    public long Position => Committed.Position;

    public CommitRow Committed { get; private set; } = row;

    /// <summary>The greatest event time below <see cref="Next"/>, or what the partition was raised to while it was idle; the next record's watermark stands on it. Epoch milliseconds.</summary>
    public long MaxEventTime { get; private set; } = row.MaxEventTime;

    public bool Stopping => _stopAt != long.MaxValue;

    public bool WantsChunk => CanTakeChunk && !_tooFarAhead && Next - Position < bounds.UncommittedRecordsMax && _chunks.Bytes < bounds.UncommittedBytesMax;

    /// <summary>False while a raise of the idle partition is not acknowledged: what was asked for before it must wait, since its watermark is not known yet.</summary>
    public bool CanTakeChunk => !_over && !Stopping && _idle.Asked is null;

    /// <summary>Rules 6 and 7. Chunks come in order and without overlap, and only while <see cref="CanTakeChunk"/>.</summary>
    public void OnChunk(DecodedChunk chunk)
    {
        if (_over)
            return;
        Next = chunk.Next;
        MaxEventTime = Math.Max(MaxEventTime, chunk.MaxEventTime);
        _idle.Came(_now);
        _chunks.Add(chunk);
        foreach (var (entityId, batch) in chunk.Batches)
        {
            var entity = _tracked.FindOrTrack(entityId, batch.FirstOffset, _now + TickMs);
            // What is in flight is safe already and no longer counts; the first record that does is this one. Else a commit whose answer was lost could be followed by a lower one.
            if (entity.Safe >= entity.Last)
                entity.First = batch.FirstOffset;
            entity.Last = batch.LastOffset;
            entity.Waiting.Enqueue(batch);
            Pump(entity);
        }
    }

    /// <summary>Rule 8.</summary>
    public void OnAnswer(Answer answer)
    {
        if (_over || answer.Epoch != _epoch)
            return;
        _dueQuestions.Heard(answer.EntityId);
        if (_tracked.Find(answer.EntityId) is not { } entity)
            return;
        entity.Safe = Math.Max(entity.Safe, answer.Safe);
        entity.Unanswered = false;
        entity.PauseMs = TickMs;
        if (entity.Acked != PartitionId.None && answer.Applied < entity.Acked)
        {
            Restart($"entity {answer.EntityId} has applied {answer.Applied} but acknowledged {entity.Acked}: it lost its memory");
            return;
        }
        if (entity.InFlight.Count > 0)
            Acknowledge(entity, answer.Applied);
        if (entity.IsClean)
            _tracked.Forget(answer.EntityId);
        else
            entity.First = Math.Max(entity.First, entity.Safe + 1);
    }

    /// <summary>Rule 9, each second, with how far time has come; commits what can be committed.</summary>
    public void OnTick(long nowMs, Tick tick)
    {
        if (_over)
            return;
        _now = nowMs;
        if (Stopping && (_chunks.IsEmpty || nowMs >= _stopAt) && !_committing)
        {
            Finish();
            return;
        }
        TickFixedGroups(tick);
        foreach (var entity in _tracked.TakeDue(nowMs, bounds.SweepMax))
            SendTick(entity, tick);
        TryCommit();
    }

    /// <summary>Rule 9 (ADR 013), after an own commit, with the watermark over the rows as they are now: what is news is told to the fixed groups at once, and nothing is asked of them.</summary>
    public void TellTime(long watermark)
    {
        if (_over || watermark <= _told)
            return;
        _told = watermark;
        foreach (var id in _tracked.Fixed)
            effects.Send(new Apply(id, partition, _epoch, _tracked.Find(id)?.Acked ?? PartitionId.None, [], Tick.OfTime(watermark)));
    }

    /// <summary>Rule 27, about each second while there is nothing left to read: tells entities which of their series are due, with how far the log's time has come.</summary>
    public void OnDue(long nowMs, IReadOnlyList<RoutedDue> due, Tick tick)
    {
        if (_over || Stopping)
            return;
        _now = nowMs;
        foreach (var (entityId, series) in due)
        {
            var entity = _tracked.Find(entityId);
            // Records are under way to it: it does not have all that the log says.
            if (entity is { InFlight.Count: > 0 } or { Waiting.Count: > 0 })
                continue;
            if (_dueQuestions.MayAsk(entityId, nowMs))
                effects.Send(new Apply(entityId, partition, _epoch, entity?.Acked ?? PartitionId.None, [], tick with { Due = series }));
        }
    }

    /// <summary>The outcome of the one commit in flight.</summary>
    public void OnCommitted(CommitOutcome outcome)
    {
        if (_over)
            return;
        _committing = false;
        if (outcome == CommitOutcome.Fenced)
        {
            _over = true;
            effects.Stop($"another reader owns {partition}");
            return;
        }
        if (outcome == CommitOutcome.Committed)
        {
            Committed = _asked!;
            MaxEventTime = Math.Max(MaxEventTime, Committed.MaxEventTime);
            _idle.Committed(_now, Committed.Idle);
            _chunks.Committed(Position);
        }
        if (Stopping && _chunks.IsEmpty)
            Finish();
    }

    /// <summary>Rule 10: commits as far as everything is safe. Called by the tick, and by the shell when it has waited long enough for more.</summary>
    public void TryCommit()
    {
        if (_committing || _over)
            return;
        if (_chunks.RowUpTo(_tracked.LowestNotSafe(), Committed) is { } row)
            Commit(row);
    }

    /// <summary>Rules 11 and 12, about each second, with the rows of all partitions of the topic (null: none yet): pauses a partition that is too far ahead, raises one that is idle.</summary>
    /// <param name="head">The next offset that the log will give.</param>
    /// <param name="hasEnded">Nothing will ever be given any more.</param>
    public void OnRows(long nowMs, IReadOnlyList<CommitRow?> rows, long head, bool hasEnded)
    {
        if (_over || Stopping || time is null)
            return;
        _now = nowMs;
        _tooFarAhead = time.IsTooFarAhead(MaxEventTime, rows);
        if (_committing)
            return;
        if (_idle.Asked is null && Next == head && Position == head)
        {
            if (hasEnded)
                _idle.End(Committed);
            else
                _idle.Consider(nowMs, Committed, rows, head > 0);
        }
        if (_idle.Asked is { } raised)
            Commit(Committed with { MaxEventTime = raised, Idle = true });
    }

    /// <summary>Rule 13: no new chunk, everything asked for a checkpoint, at most five seconds of waiting, a last commit.</summary>
    public void OnStop(long nowMs)
    {
        if (_over || Stopping)
            return;
        _stopAt = nowMs + StopWaitMs;
        _now = nowMs;
        foreach (var entity in _tracked.All)
            SendTick(entity, Tick.Nothing);
        TryCommit();
        if (_chunks.IsEmpty && !_committing)
            Finish();
    }

    private void Commit(CommitRow row)
    {
        _committing = true;
        _asked = row with { Serial = ++_serial };
        effects.Commit(_asked);
    }

    private void Finish()
    {
        _over = true;
        effects.Stop("stopped as planned");
    }

    private void Restart(string reason)
    {
        _over = true;
        effects.Restart(reason);
    }

    private void Pump(TrackedEntity entity)
    {
        if (entity.InFlight.Count > 0 || entity.Waiting.Count == 0)
            return;
        var bytes = 0;
        do
        {
            var batch = entity.Waiting.Dequeue();
            bytes += batch.WireBytes;
            entity.InFlight.Add(batch);
        }
        while (entity.Waiting.TryPeek(out var next) && bytes + next.WireBytes <= bounds.ApplyBytesMax);
        SendRecords(entity);
    }

    private void SendRecords(TrackedEntity entity)
    {
        // The tick's own time is left alone: an entity that gets records without a pause must still be asked for a checkpoint each second.
        entity.TickedSinceRecords = false;
        effects.Send(new Apply(entity.Id, partition, _epoch, entity.Acked, entity.InFlight.ToArray(), null));
    }

    private void Acknowledge(TrackedEntity entity, long applied)
    {
        var last = entity.InFlight[^1].LastOffset;
        if (applied >= last)
        {
            entity.Acked = last;
            entity.InFlight.Clear();
            Pump(entity);
        }
        else if (entity.TickedSinceRecords)
        {
            // Alive, and it answered a tick that was sent after the records: they were lost on the way, or its outbox is full.
            SendRecords(entity);
        }
    }

    private void TickFixedGroups(Tick tick)
    {
        _told = Math.Max(_told, tick.Watermark);
        foreach (var id in _tracked.Fixed)
        {
            if (_tracked.Find(id) is { } entity)
                SendTick(entity, tick);
            else
                effects.Send(new Apply(id, partition, _epoch, PartitionId.None, [], tick));
        }
    }

    private void SendTick(TrackedEntity entity, Tick tick)
    {
        entity.TickedSinceRecords = true;
        entity.Unanswered = true;
        entity.DueMs = _now + entity.PauseMs;
        effects.Send(new Apply(entity.Id, partition, _epoch, entity.Acked, [], tick));
    }
}
