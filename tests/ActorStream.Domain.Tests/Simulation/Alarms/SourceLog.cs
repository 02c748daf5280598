using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Makes the source log of a world: gaps in offsets, silent stretches, an empty partition now and then, every third log with a silent tail.</summary>
internal static class SourceLog
{
    public static IReadOnlyList<SourcePartition> Make(AlarmWorld world)
    {
        var random = world.Random;
        var hasGaps = random.Chance(0.4);
        var stretch = random.Pick(0.2, 0.5, 1);
        var partitions = new SourcePartition[world.Settings.SourcePartitions];
        for (var i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new SourcePartition(world, new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, i), random.Pick(0, 100));
            if (i == 0 || !random.Chance(0.2))
                Fill(world, partitions[i], hasGaps, stretch);
        }
        return partitions;
    }

    /// <summary>A metric whose order matters stands in one partition only, as a keyed topic has it; the others come from all.</summary>
    private static int MetricIn(AlarmWorld world, SourcePartition partition)
    {
        var metric = world.Random.Below(world.Settings.Metrics);
        var home = metric % world.Settings.SourcePartitions;
        return metric >= SimRules.OrderedMetrics || home == partition.Id.Partition ? metric : SimRules.OrderedMetrics;
    }

    private static void Fill(AlarmWorld world, SourcePartition partition, bool hasGaps, double stretch)
    {
        var random = world.Random;
        var count = random.Pick(10, 40, 80);
        var stepMax = (int)(2 * stretch * world.Settings.FaultsEnd / count);
        var silentAt = random.Chance(0.5) ? random.Below(count) : -1;
        var offset = partition.End;
        var at = random.Chance(0.2) ? random.Between(100, 400) : 0;
        for (var i = 0; i < count; i++)
        {
            at += random.Between(0, stepMax) + (i == silentAt ? random.Between(80, 400) : 0);
            at = Math.Min(at, world.Settings.FaultsEnd);
            var luck = random.Share();
            var kind = luck < 0.82 ? SampleKind.Sample : luck < 0.88 ? SampleKind.Poison : luck < 0.94 ? SampleKind.Unrouted : SampleKind.Unreadable;
            var value = random.Chance(0.12) ? random.Pick(15, 25) : random.Below(10);
            partition.Add(new SourceRecord(offset, (long)at * World.MsPerStep, at + world.TakeVisibleDelay(), kind, MetricIn(world, partition), value));
            offset += 1 + (hasGaps && random.Chance(0.2) ? random.Between(1, 5) : 0);
        }
    }
}
