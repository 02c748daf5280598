namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Calls to the shared store. A call succeeds, or its caller learns nothing: then it was not done, was done all the same, or will be done much later.</summary>
internal sealed class Database(World world)
{
    /// <param name="back">False with the default when the outcome is unknown.</param>
    public void Call<T>(SimActor caller, Func<T> run, Action<bool, T?> back, int slowSteps = 60)
    {
        var random = world.Random;
        var luck = world.Faulty ? random.Share() : 1;
        var share = world.Settings.FailShare;
        if (luck >= share)
        {
            var duration = random.Between(1, world.Faulty && random.Chance(0.1) ? slowSteps : 6);
            world.At(duration, () =>
            {
                var result = run();
                world.At(random.Between(1, 3), () => caller.Take(() => back(true, result)));
            });
            return;
        }
        var doneAfter = luck < share / 3 ? -1 : luck < 2 * share / 3 ? 2 : random.Between(20, 150);
        if (doneAfter > 0)
            world.At(doneAfter, () => run());
        world.At(random.Between(3, 30), () => caller.Take(() => back(false, default)));
    }
}
