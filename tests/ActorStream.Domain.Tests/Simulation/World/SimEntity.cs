using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of an <see cref="EntityMachine"/>, as the persistent actor is in the product: recovers in separate steps, journals, appends, answers.</summary>
internal abstract class SimEntity : SimActor, IEntityEffects
{
    private readonly Queue<(SimReader Reader, Apply Apply)> _stash = new();
    private readonly Dictionary<PartitionId, SimReader> _readers = [];
    private long _snapshotSaved;
    private bool _waits;

    protected SimEntity(World world, string id, int node)
        : base(world, node, $"{id} #{world.NextSerial()}")
    {
        Id = id;
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

    /// <summary>The Apply that the machine is at; null: none.</summary>
    public Apply? Handling { get; private set; }

    protected bool Retiring { get; private set; }

    public void Receive(SimReader reader, Apply apply)
    {
        if (_waits && IsSuperseded)
            Kill("made anew with what its node knows now");
        if (_waits)
            return;
        if (!Ready)
        {
            _stash.Enqueue((reader, apply));
            return;
        }
        _readers[apply.Partition] = reader;
        Handling = apply;
        Machine.OnApply(Prepare(World.Planted.Seen(apply)), World.NowMs);
        Handling = null;
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
        if (Ready && MayPassivate)
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
            if (written)
                Inserted(checkpoint);
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

    void IEntityEffects.Journal(Checkpoint checkpoint, EntitySnapshot? snapshot) => Journal(checkpoint, snapshot);

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

    /// <summary>Its node knows more by now than it was made with.</summary>
    protected virtual bool IsSuperseded => false;

    /// <summary>The recovered state was written with more than its node knows: it does nothing until the node knows that too, and then ends.</summary>
    protected virtual bool IsOutdated => false;

    protected virtual LedgerLogic NewLogic() => World.NewLogic(Id);

    protected virtual bool MayPassivate => !World.FixedGroups.Contains(Id) && Machine.IsClean;

    protected virtual void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot) => Write(Machine.Sequence + 1, checkpoint, snapshot, Acknowledge);

    /// <summary>The journal holds this event now, whether or not this incarnation learns of it.</summary>
    protected virtual void Inserted(Checkpoint checkpoint)
    {
    }

    /// <summary>An Apply on its way into the machine.</summary>
    protected virtual Apply Prepare(Apply apply) => apply;

    /// <summary>What happened may have made something ready that the machine does not know of.</summary>
    protected virtual void AfterInput()
    {
    }

    private (EntityMachine Machine, LedgerLogic Logic) NewMachine()
    {
        var logic = NewLogic();
        var options = new EntityOptions(Id, World.FixedGroups.Contains(Id) && !World.Planted.NoEmptyEvent, World.Settings.OutboxMax, World.Settings.AppendItemsMax, World.Settings.SnapshotEvery);
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
        if (IsOutdated)
        {
            World.Trace?.Invoke($"{Name} waits: its state knows more than its node");
            _waits = true;
            TakeStashed();
            return;
        }
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
        TakeStashed();
    }

    private void TakeStashed()
    {
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
