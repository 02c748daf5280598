namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Messages between readers and entities: in order per pair, but delayed, dropped and doubled while faults last.</summary>
internal sealed class Transport(World world)
{
    private readonly Dictionary<long, long> _lastArrival = [];

    public void Send(SimActor from, SimActor? to, Action handle)
    {
        if (to is null)
            return;
        var random = world.Random;
        var copies = world.Faulty && random.Chance(world.Settings.DoubleShare) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (world.Faulty && random.Chance(world.Settings.DropShare))
                continue;
            var pair = ((long)from.Serial << 32) | (uint)to.Serial;
            var arrival = world.Now + random.Pick(1, 2, 3, 3, 5, 5, 8, world.Faulty ? 40 : 8);
            arrival = Math.Max(arrival, _lastArrival.GetValueOrDefault(pair));
            _lastArrival[pair] = arrival;
            world.At(arrival - world.Now, () => to.Take(handle));
        }
    }
}
