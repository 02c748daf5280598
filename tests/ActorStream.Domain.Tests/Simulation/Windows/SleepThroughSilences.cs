namespace ActorStream.Domain.Tests.Simulation;

/// <summary>
/// A fault that chance alone hardly ever finds: the reader of a silent partition falls asleep, another one takes its place and raises the partition's time,
/// and the first one wakes when records come again. It does not know of the raise and judges them by a watermark of its own.
/// </summary>
internal static class SleepThroughSilences
{
    private const int SilenceMin = 80;

    public static void Schedule(WindowWorld world)
    {
        if (world.Random.Chance(0.3))
            return;
        foreach (var source in world.Source)
        {
            for (var i = 1; i < source.Records.Count; i++)
            {
                var (from, to) = (source.Records[i - 1].VisibleAt, source.Records[i].VisibleAt);
                if (to - from >= SilenceMin && world.Random.Chance(0.8))
                    Sleep(world, source, from + world.Random.Between(1, (int)(to - from) / 2), to + world.Random.Between(1, 40));
            }
        }
    }

    private static void Sleep(WindowWorld world, EventPartition source, long from, long to) => world.At(from, () =>
    {
        if (world.Cluster.LivingReaders().Find(r => r.Partition == source) is not { } reader)
            return;
        world.Trace?.Invoke($"FAULT {reader.Name} sleeps through a silence");
        reader.Stall((int)(to - from));
        world.Cluster.Double(source);
        world.At(to - from + world.Random.Between(20, 200), () => world.Cluster.EndOneKeeper(source));
    });
}
