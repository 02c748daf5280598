using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a notice group: posts to a receiver that knows no ids, one attempt per webhook at a time, each journaled before (rule 30).</summary>
internal sealed class SimNotices(AlarmWorld world, string id, int node) : SimEntity(world, id, node)
{
    private readonly Dictionary<string, double> _postedEarly = [];
    private bool _works;

    private NoticeState Notices => (NoticeState)Logic.Inner;

    /// <summary>The planted fault: the POST leaves while the journal is still writing.</summary>
    public void PostEarly(AttemptStarted attempt) => _postedEarly[attempt.WebhookUrl] = Arrive([.. attempt.Alarms.Select(a => a.Text)]);

    protected override void Recovered()
    {
        if (_works)
            return;
        _works = true;
        Every(World.StepsPerSecond, Work);
    }

    protected override void Inserted(Checkpoint checkpoint)
    {
        if (checkpoint.Change is LedgerChange { Inner: NoticeStateChange change })
            world.Receiver.Journaled(change);
    }

    protected override void AfterInput()
    {
        foreach (var attempt in Notices.TakeReady())
            Post(attempt);
    }

    private void Work()
    {
        if (Ready && !Retiring && Notices.StartDue(World.NowMs) > 0)
            Machine.WriteCheckpoint();
    }

    private void Post(NoticeAttempt attempt)
    {
        if (!_postedEarly.Remove(attempt.WebhookUrl, out var luck))
            luck = Arrive([.. attempt.Alarms.Select(a => a.Id.Text)]);
        var share = World.Settings.RefuseShare;
        var (outcome, after) = luck < share / 3 ? (AttemptOutcome.NotTaken, 20) : luck < share ? (AttemptOutcome.Unknown, 40) : (AttemptOutcome.Delivered, 20);
        World.At(after, () => Take(() =>
        {
            Notices.Finish(attempt, outcome, World.NowMs);
            Work();
        }));
    }

    /// <summary>Whether it arrives is one matter, what the sender learns of it another; both follow from the number returned.</summary>
    private double Arrive(IReadOnlyList<string> alarms)
    {
        var luck = World.Faulty ? World.Random.Share() : 1;
        if (luck >= 0.6 * World.Settings.RefuseShare)
            World.At(World.Random.Between(1, 10) + StalledFor, () => world.Receiver.Take(alarms));
        return luck;
    }
}
