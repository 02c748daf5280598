using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorStream.Actors.Entities;

/// <content>Recovery (rule 15), and what an entity does that may not judge yet, or must not run at all.</content>
public abstract partial class LogFedActor
{
    private const int HolesMax = 3;

    private bool _hole;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: EntitySnapshot snapshot } offer:
                _snapshots.Loaded(offer.Metadata.SequenceNr);
                Machine.Restore(offer.Metadata.SequenceNr, snapshot);
                break;
            case Checkpoint checkpoint:
                _hole |= !Machine.Fold(LastSequenceNr, checkpoint);
                break;
            case RecoveryCompleted:
                OnRecovered();
                break;
            default:
                throw new InvalidOperationException($"{PersistenceId} recovered an unknown {message.GetType().FullName}.");
        }
    }

    private void OnRecovered()
    {
        if (IsOutdated)
        {
            Log.Info("{0} was written with more than this node knows; it waits until the node does.", PersistenceId);
            Become(WaitToBeSuperseded);
            return;
        }
        if (_hole || !Machine.Recovered(LastSequenceNr, NowMs))
        {
            OnHole();
            return;
        }
        _services.Holes.TryRemove(PersistenceId, out _);
        Settle();
        var ready = ReadyToJudge;
        if (ready.IsCompletedSuccessfully)
            return;
        ready.PipeTo(Self, success: () => Judging.Instance);
        BecomeStacked(WaitToJudge);
    }

    /// <summary>Nothing is written by what knows less than the state: it would leave out what it does not know.</summary>
    private void WaitToBeSuperseded(object message)
    {
        if (message is StopEntity || (message is Apply && IsSuperseded))
            Context.Stop(Self);
    }

    private void WaitToJudge(object message)
    {
        switch (message)
        {
            case Judging:
                UnbecomeStacked();
                Stash.UnstashAll();
                break;
            case Apply:
                Stash.Stash();
                break;
            default:
                OnCommand(message);
                break;
        }
    }

    /// <summary>protocol.md A2: recover again, three times; then stay, refuse, and say so loudly.</summary>
    private void OnHole()
    {
        var holes = _services.Holes.AddOrUpdate(PersistenceId, 1, (_, n) => n + 1);
        Log.Error("{0} found a hole in its journal at {1} (recovery {2} of {3})", PersistenceId, LastSequenceNr, holes, HolesMax);
        if (holes < HolesMax)
        {
            Context.Stop(Self);
            return;
        }
        _services.Telemetry.Sick();
        Become(Sick);
    }

    private void Sick(object message)
    {
        if (message is DescribeEntity or ExplainRule or DescribeWindows)
            Sender.Tell(new Report($$"""{"sick":"the journal of {{PersistenceId}} has a hole; restore state.db from a backup"}"""));
        else if (message is StopEntity)
            Context.Stop(Self);
    }
}
