using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The shell of a key group's windows: what was rejected is written down before the event that covers it.</summary>
internal sealed class SimWindows(WindowWorld world, string id, int node) : SimEntity(world, id, node)
{
    protected override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        var letters = ((WindowLedger)Logic).TakeLetters();
        if (letters.Count == 0)
        {
            base.Journal(checkpoint, snapshot);
            return;
        }
        World.Database.Call(this, () => world.Letters.Write(letters), (known, _) =>
        {
            if (known)
                base.Journal(checkpoint, snapshot);
            else
                Machine.OnJournalFailed("nobody knows whether the letters were written");
        });
    }
}
