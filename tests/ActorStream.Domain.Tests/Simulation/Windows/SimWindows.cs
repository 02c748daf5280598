using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a key group's windows: what was rejected is written down before the event that covers it; and what the product's does when its node knows another change of the pipeline (ADR 014).</summary>
internal sealed class SimWindows(WindowWorld world, string id, int node) : SimEntity(world, id, node)
{
    private PipelineSpec? _pipeline;
    private bool _isStopAsked;

    protected override bool IsSuperseded => !world.Planted.GoesOnWithOlderPlan && world.Plans.KnownOn(Node).Version > _pipeline!.Version;

    protected override bool IsOutdated => !world.Planted.OlderPlanWrites && ((WindowLedger)Logic).Windows.IsOutdated;

    protected override LedgerLogic NewLogic() => world.NewLogic(_pipeline = world.Plans.KnownOn(Node));

    protected override Apply Prepare(Apply apply)
    {
        _isStopAsked |= IsSuperseded;
        return _isStopAsked || !MayJudge(apply) ? apply with { Batches = [], Tick = null } : apply;
    }

    protected override void AfterInput()
    {
        if (_isStopAsked)
            Retire();
    }

    protected override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        var letters = ((WindowLedger)Logic).TakeLetters();
        if (letters.Count == 0)
        {
            base.Journal(checkpoint, snapshot);
            return;
        }
        World.Database.Call(this, () => world.Letters.Write(letters, _pipeline!.Version), (known, _) =>
        {
            if (known)
                base.Journal(checkpoint, snapshot);
            else
                Machine.OnJournalFailed("nobody knows whether the letters were written");
        });
    }

    private bool MayJudge(Apply apply) => world.Planted.JudgesLaterBatches || apply.Batches.All(b => b.SpecVersion <= _pipeline!.Version);
}
