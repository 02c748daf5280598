using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of an <see cref="EntityMachine"/>, as the persistent actor is in the product: recovers in separate steps, journals, appends, answers.</summary>
internal class SimEntity : SimActor, IEntityEffects
{
    private readonly Queue<(SimReader Reader, Apply Apply)> _stash = new();
    private readonly Dictionary<PartitionId, SimReader> _readers = [];
    private readonly bool _isFixedGroup;
    private long _snapshotSaved;

    public SimEntity(World world, string id, bool isFixedGroup, int node)
        : base(world, node, $"{id} #{world.NextSerial()}")
    {
        Id = id;
        _isFixedGroup = isFixedGroup;
        (Machine, Logic) = NewMachine();
        World.Trace?.Invoke($"{Name} starts on node {node}");
        Recover();
        Every(2 * World.StepsPerSecond, () =>
        {
            if (Ready)
                Machine.OnTimer(World.NowMs);
        });
    }

    public string Id { get; }

    public bool Ready { get; private set; }

    public EntityMachine Machine { get; private set; }

    public LedgerLogic Logic { get; private set; }

    protected bool Retiring { get; private set; }

    public void Receive(SimReader reader, Apply apply)
    {
        if (!Ready)
        {
            _stash.Enqueue((reader, apply));
            return;
        }
        _readers[apply.Partition] = reader;
        apply = World.Planted.Seen(apply);
        Machine.OnApply(World.Planted.DueNoEvent && apply.Tick is { Due.Count: > 0 } tick ? WithoutEvent(apply, tick) : apply, World.NowMs);
        AfterInput();
    }

    public override void Retire()
    {
        Retiring = true;
        if (Ready)
            Machine.OnStop();
        else
            Kill("stopped before it had recovered");
    }

    public void Passivate()
    {
        if (Ready && !_isFixedGroup && Machine.IsClean && Alarms is not { AwaitsSilence: true })
            Retire();
    }

    /// <summary>The event in flight is acknowledged.</summary>
    public void Acknowledge()
    {
        Machine.OnJournaled(World.NowMs);
        AfterInput();
    }

    /// <param name="acknowledge">Called when the journal says that it has written; when it does not say so this entity ends.</param>
    public void Write(long sequence, Checkpoint checkpoint, EntitySnapshot? snapshot, Action acknowledge)
    {
        bool Insert()
        {
            var written = World.Journal.Insert(Id, sequence, checkpoint);
            if (written && checkpoint.Change is LedgerChange { Inner: NoticeStateChange change })
                World.Receiver.Journaled(change);
            World.Trace?.Invoke($"{Name} journals {sequence}: {(written ? string.Join(' ', checkpoint.Applied) : "FENCED")}");
            return written;
        }
        World.Database.Call(this, Insert, Written, slowSteps: 25 + (int)StalledFor);

        void Written(bool known, bool written)
        {
            if (!known || !written)
            {
                Machine.OnJournalFailed(known ? "fenced" : "nobody knows");
                return;
            }
            if (snapshot is not null)
                SaveSnapshot(sequence, snapshot);
            acknowledge();
        }
    }

    void IEntityEffects.Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        var rows = Alarms?.Due.TakeArms() ?? [];
        void Write() => this.Write(Machine.Sequence + 1, checkpoint, snapshot, Acknowledge);
        if (rows.Count == 0)
        {
            Write();
        }
        else if (World.Planted.DueAfter)
        {
            this.Write(Machine.Sequence + 1, checkpoint, snapshot, () =>
            {
                World.Database.Call(this, () => World.Due.Arm(Id, rows), static (_, _) => { });
                Acknowledge();
            });
        }
        else
        {
            World.Database.Call(this, () => World.Due.Arm(Id, rows), (known, _) =>
            {
                if (known)
                    Write();
                else
                    Machine.OnJournalFailed("nobody knows whether the due rows were written");
            });
        }
    }

    void IEntityEffects.Append(string topic, IReadOnlyList<OutboxItem> items)
    {
        if (!World.Settings.SplitAppends || items.Count == 1)
        {
            World.Database.Call(this, () => World.Topic.Append(Id, items), (known, taken) => Taken(topic, known ? taken : null));
            return;
        }
        var open = items.Count;
        long? greatest = null;
        foreach (var item in items)
        {
            World.Database.Call(this, () => World.Topic.Append(Id, [item]), (known, taken) =>
            {
                if (known)
                    greatest = Math.Max(greatest ?? 0, taken);
                if (--open == 0)
                    Taken(topic, greatest);
            });
        }
    }

    void IEntityEffects.Answer(Answer answer)
    {
        if (_readers.TryGetValue(answer.Partition, out var reader))
            World.Transport.Send(this, reader, () => reader.OnAnswer(answer));
    }

    void IEntityEffects.DeadLetter(PartitionId partition, long offset, Exception error)
    {
        if (error is not PoisonException)
            throw new BrokenPromiseException($"{Name} threw on {partition} {offset}: {error}");
        World.DeadLetters.Add((partition, offset));
    }

    void IEntityEffects.Stop(string reason) => Kill(reason);

    /// <summary>What happened may have made something ready that the machine does not know of.</summary>
    protected virtual void AfterInput()
    {
        if (Alarms?.Due.TakeDisarms() is { Count: > 0 } rows)
            World.Database.Call(this, () => World.Due.Disarm(Id, rows), static (_, _) => { });
    }

    private AlarmState? Alarms => Logic.Inner as AlarmState;

    /// <summary>The planted fault: what is due is decided, but a tick that decides nothing goes without an event.</summary>
    private Apply WithoutEvent(Apply apply, Tick tick)
    {
        if (Machine.IsStopping || apply.Previous > Machine.Applied.GetValueOrDefault(apply.Partition, PartitionId.None))
            return apply with { Tick = null };
        var before = Machine.OutboxCount;
        Logic.Tick(apply.Partition, tick, Machine);
        if (Machine.OutboxCount > before)
        {
            Machine.WriteCheckpoint();
            return apply with { Tick = null };
        }
        // As if an event had been written: rows go without anybody having met the fence.
        if (!Logic.IsDirty)
        {
            Logic.Capture();
            Logic.Journaled();
        }
        return apply with { Tick = null };
    }

    private (EntityMachine Machine, LedgerLogic Logic) NewMachine()
    {
        var logic = World.NewLogic(Id, _isFixedGroup);
        var options = new EntityOptions(Id, _isFixedGroup && !World.Planted.NoEmptyEvent, World.Settings.OutboxMax, World.Settings.AppendItemsMax, World.Settings.SnapshotEvery);
        return (new EntityMachine(options, logic, World.Planted.Around(this)), logic);
    }

    /// <summary>Rule 15 with time between its steps, as a persistence plugin does it: the snapshot, the highest number, the events.</summary>
    private void Recover()
    {
        World.At(RecoveryPause(), () => Take(() =>
        {
            var (sequence, snapshot) = World.Journal.NewestSnapshot(Id);
            World.At(RecoveryPause(), () => Take(() =>
            {
                var highest = World.Journal.HighestOf(Id);
                World.At(RecoveryPause(), () => Take(() => Replay(sequence, snapshot, highest)));
            }));
        }));
    }

    private int RecoveryPause() => World.Faulty ? World.Random.Pick(1, 3, 20, 120) : 2;

    private void Replay(long sequence, EntitySnapshot? snapshot, long highest)
    {
        if (snapshot is not null)
            Machine.Restore(sequence, snapshot);
        var whole = true;
        foreach (var (number, checkpoint) in World.Journal.EventsBetween(Id, sequence, highest))
            whole = whole && Machine.Fold(number, checkpoint);
        if (!whole || !Machine.Recovered(highest, World.NowMs))
        {
            World.Trace?.Invoke($"{Name} finds a gap in the journal and recovers again");
            World.RecoveredAgain++;
            (Machine, Logic) = NewMachine();
            Recover();
            return;
        }
        Ready = true;
        _snapshotSaved = sequence;
        World.Trace?.Invoke($"{Name} has recovered {highest}");
        Recovered();
        while (Alive && _stash.TryDequeue(out var message))
            Receive(message.Reader, message.Apply);
    }

    protected virtual void Recovered()
    {
    }

    /// <summary>Rule 22: saved after its event was acknowledged; what lies before the snapshot before it is deleted after that. Goes on when the entity is gone.</summary>
    private void SaveSnapshot(long sequence, EntitySnapshot snapshot)
    {
        var random = World.Random;
        var (before, saveAfter) = (_snapshotSaved, random.Between(1, 60));
        _snapshotSaved = sequence;
        World.At(saveAfter, () => World.Journal.SaveSnapshot(Id, sequence, snapshot));
        if (before == 0)
            return;
        World.At(saveAfter + random.Between(1, 20), () =>
        {
            if (World.Journal.HasSnapshot(Id, sequence))
                World.Journal.DeleteTo(Id, before);
        });
    }

    private void Taken(string topic, long? number)
    {
        Machine.OnTaken(topic, number, World.NowMs);
        AfterInput();
    }
}
