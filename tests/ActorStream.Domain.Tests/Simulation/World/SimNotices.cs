namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A notice group: posts to a receiver that knows no ids, one attempt at a time, each journaled before (rule 30).</summary>
internal sealed class SimNotices(World world, string id, int node) : SimEntity(world, id, isFixedGroup: true, node)
{
    private bool _works;

    /// <summary>An attempt is journaled, on its way, or waits for its outcome.</summary>
    public bool Busy { get; private set; }

    private NoticeLogic Notices => (NoticeLogic)Logic.Inner;

    protected override void Recovered()
    {
        if (_works)
            return;
        _works = true;
        Every(30, Work);
    }

    protected override void AfterInput()
    {
        if (Notices.TakeJournaledAttempt() is { } attempt && !World.Planted.PostsWithoutAttempt)
            Post(attempt);
    }

    private void Work()
    {
        if (!Ready || Busy || Retiring || Notices.StartAttempt() is not { } attempt)
            return;
        Busy = true;
        if (World.Planted.PostsWithoutAttempt)
            Post(attempt);
        else
            Machine.WriteCheckpoint();
    }

    private void Post(string alarm)
    {
        var luck = World.Faulty ? World.Random.Share() : 1;
        if (luck >= 0.15)
            World.At(World.Random.Between(1, 10) + StalledFor, () => World.Receive(alarm));
        var (outcome, after) = luck < 0.08 ? (AttemptResult.NotTaken, 20) : luck < 0.25 ? (AttemptResult.Unknown, 40) : (AttemptResult.Delivered, 20);
        World.At(after, () => Take(() =>
        {
            Busy = false;
            Notices.Finish(alarm, outcome);
            Work();
        }));
    }
}
