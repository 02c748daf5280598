using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorStream.Actors.Entities;

/// <summary>Shell of <see cref="EntityMachine"/>: recovery, journal, snapshots, appends and answers for every entity that a log feeds.</summary>
/// <remarks>protocol.md rules 14 to 23. One journal write in flight; a failed or rejected one stops the actor, and the next message starts it again.</remarks>
public abstract partial class LogFedActor : UntypedPersistentActor, IWithTimers, IEntityEffects
{
    private const string RepeatTimer = "repeat";
    private const string StopTimer = "stop";

    /// <summary>A planned stop waits this long for what the derived actor has under way; below every phase of a shutdown that stops entities.</summary>
    private static readonly TimeSpan StopWait = TimeSpan.FromSeconds(5);

    private readonly EntityServices _services;
    private readonly string _entityType;
    private readonly string _entityId;
    private readonly Dictionary<PartitionId, IActorRef> _readers = [];
    private readonly LettersUnderWay _letters;
    private readonly SavedSnapshots _snapshots = new();
    private long _writeStarted;

    protected LogFedActor(string entityType, EntityOptions options, IEntityLogic logic, EntityServices services)
    {
        _services = services;
        _entityType = entityType;
        _entityId = options.EntityId;
        PersistenceId = $"{entityType}-{options.EntityId}";
        _letters = new LettersUnderWay(services, entityType, options.EntityId);
        Machine = new EntityMachine(options, logic, this);
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    protected EntityMachine Machine { get; }

    protected TimeProvider Time => _services.Time;

    // Not by whole numbers: nanoseconds since the machine started, times 1000, leave 64 bits after 106 days.
    protected long NowMs => (long)Time.GetElapsedTime(0).TotalMilliseconds;

    protected string EntityName => _entityId;

    /// <summary>Of a pipeline's results.</summary>
    protected virtual IReadOnlyList<double> Quantiles => [];

    /// <summary>Completes when this node may judge for the recovered entity; Applies wait for it.</summary>
    protected virtual Task ReadyToJudge => Task.CompletedTask;

    /// <summary>This node knows more by now than the entity was made with: at the next Apply it writes what it has and ends, so that the one after makes it anew.</summary>
    protected virtual bool IsSuperseded => false;

    /// <summary>The recovered state was written with more than this node knows: the entity does nothing, and ends at the first Apply for which it is superseded.</summary>
    protected virtual bool IsOutdated => false;

    /// <summary>Asked to stop: no Apply is handled any more, and the derived actor begins nothing.</summary>
    protected bool IsStopAsked { get; private set; }

    /// <summary>False while a planned stop should wait for what is under way outside of the log.</summary>
    protected virtual bool MayStop => true;

    /// <summary>False: no record of it is applied; it is answered, and what was applied before is written.</summary>
    protected virtual bool MayJudge(Apply apply) => true;

    /// <summary>After any input of the machine: the logic's own work outside of the log.</summary>
    protected virtual void AfterInput()
    {
    }

    /// <summary>What must be durable before the event that is about to be written; called once per event, after its capture.</summary>
    protected virtual Task BeforeJournal() => Task.CompletedTask;

    /// <summary>The event is in the journal, once for all incarnations.</summary>
    protected virtual void Journaled(Checkpoint checkpoint)
    {
    }

    protected abstract string Describe();

    /// <summary>Messages of the derived actor; false if it is none.</summary>
    protected virtual bool OnOther(object message) => false;

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Apply when IsStopAsked:
                return;
            case Apply apply:
                OnApply(apply);
                break;
            case AppendEnded ended:
                OnAppendEnded(ended);
                break;
            case WriteNow write:
                Write(write.Checkpoint, write.Snapshot);
                break;
            case WriteNever never:
                Machine.OnJournalFailed(never.Error.Message);
                break;
            case StopEntity:
                StopAsPlanned();
                break;
            case WaitedToStop:
                Machine.OnStop();
                return;
            case DescribeEntity:
                Sender.Tell(new Report(Describe()));
                return;
            case SecondPassed:
                Machine.OnTimer(NowMs);
                break;
            case SaveSnapshotSuccess saved:
                Delete(_snapshots.Saved(saved.Metadata.SequenceNr));
                return;
            case SaveSnapshotFailure failure:
                Log.Warning("{0} could not save its snapshot at {1}: {2}. Nothing is deleted; the next one is tried as usual.", PersistenceId, failure.Metadata.SequenceNr, failure.Cause.Message);
                return;
            case DeleteMessagesSuccess:
                Delete(_snapshots.Deleted());
                return;
            case DeleteMessagesFailure failure:
                Log.Warning("{0} could not delete its events up to {1}: {2}. The next snapshot deletes them.", PersistenceId, failure.ToSequenceNr, failure.Cause.Message);
                Delete(_snapshots.Deleted());
                return;
            case DeleteSnapshotsFailure failure:
                Log.Warning("{0} could not delete older snapshots: {1}. The next one deletes them.", PersistenceId, failure.Cause.Message);
                return;
            case DeleteSnapshotsSuccess:
                return;
            default:
                if (!OnOther(message))
                    Unhandled(message);
                break;
        }
        Settle();
    }

    private void OnApply(Apply apply)
    {
        _readers[apply.Partition] = Sender;
        if (IsSuperseded)
            StopAsPlanned();
        Machine.OnApply(IsStopAsked || !MayJudge(apply) ? apply with { Batches = [], Tick = null } : apply, NowMs);
    }

    private void StopAsPlanned()
    {
        IsStopAsked = true;
        Timers.StartSingleTimer(StopTimer, WaitedToStop.Instance, StopWait);
    }

    void IEntityEffects.Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        var before = _letters.Before(BeforeJournal());
        if (before.IsCompletedSuccessfully)
            Write(checkpoint, snapshot);
        else
            before.PipeTo(Self, success: () => new WriteNow(checkpoint, snapshot), failure: error => new WriteNever(error));
    }

    private void Write(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        _writeStarted = Time.GetTimestamp();
        PersistAsync(checkpoint, _ =>
        {
            _services.Telemetry.Persisted(Time.GetElapsedTime(_writeStarted), _entityType);
            if (snapshot is not null)
                SaveSnapshot(snapshot);
            Machine.OnJournaled(NowMs);
            Journaled(checkpoint);
            Settle();
        });
    }

    void IEntityEffects.Append(string topic, IReadOnlyList<OutboxItem> items)
    {
        var partitions = _services.Topics.PartitionsOf(topic);
        var records = items.Select(i => OutputCodec.ToRecord(i, partitions, Quantiles)).ToArray();
        _services.Topics.AppendAsync(topic, PersistenceId, records)
            .PipeTo(Self, success: taken => new AppendEnded(topic, taken, items.Count, null), failure: error => new AppendEnded(topic, null, 0, error));
    }

    void IEntityEffects.Answer(Answer answer) => _readers[answer.Partition].Tell(answer);

    void IEntityEffects.DeadLetter(PartitionId partition, long offset, Exception error)
    {
        Log.Error(error, "{0} could not apply {1}@{2}; the record is a dead letter", PersistenceId, partition, offset);
        _letters.Add(partition, offset, error);
    }

    void IEntityEffects.Stop(string reason)
    {
        Log.Debug("{0} ends: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        // Akka stops the actor after this; a stale incarnation fails here by design (protocol.md A1), so it is not an error of its own.
        _services.Telemetry.JournalFailed(_entityType);
        Log.Warning("{0} stops: its event {1} was not written: {2}", PersistenceId, sequenceNr, cause.Message);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        // Akka would go on; nobody knows what the journal holds then, so this incarnation ends (protocol.md A9).
        _services.Telemetry.JournalFailed(_entityType);
        Log.Error(cause, "{0} stops: its event {1} was rejected", PersistenceId, sequenceNr);
        Machine.OnJournalFailed(cause.Message);
    }

    /// <summary>After every input: the derived actor's work, and a timer only while there is something to repeat (ten thousand idle entities cost nothing).</summary>
    private void Settle()
    {
        AfterInput();
        if (IsStopAsked && MayStop)
            Machine.OnStop();
        if (Machine.OutboxCount > 0 && !Timers.IsTimerActive(RepeatTimer))
            Timers.StartSingleTimer(RepeatTimer, SecondPassed.Instance, TimeSpan.FromSeconds(1));
    }

    private void OnAppendEnded(AppendEnded ended)
    {
        if (ended.Error is { } error)
            Log.Warning("{0} could not append to {1}: {2}. It is repeated.", PersistenceId, ended.Topic, error.Message);
        else
            _services.Telemetry.Taken(ended.Topic, ended.Count);
        Machine.OnTaken(ended.Topic, ended.Taken, NowMs);
    }

    /// <summary>Rule 22.</summary>
    private void Delete(long? upTo)
    {
        if (upTo is not { } sequence)
            return;
        DeleteMessages(sequence);
        DeleteSnapshots(new SnapshotSelectionCriteria(sequence - 1));
    }
}
