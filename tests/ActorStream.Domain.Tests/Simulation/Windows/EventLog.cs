using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Makes the source log of a world of windows: events out of order and late, silent stretches, a partition without records or with none at first, a silent tail in every third log.</summary>
internal static class EventLog
{
    public const int Keys = 4;
    private const string Topic = "events";

    public static IReadOnlyList<EventPartition> Make(WindowWorld world)
    {
        var random = world.Random;
        var hasGaps = random.Chance(0.4);
        var stretch = random.Pick(0.2, 1, 1);
        var isTimely = random.Chance(0.7);
        var partitions = new EventPartition[world.Windows.Partitions];
        for (var i = 0; i < partitions.Length; i++)
        {
            var isEmpty = i > 0 && random.Chance(0.2);
            partitions[i] = new EventPartition(world, i, IdOf(world, i), isEmpty ? 0 : random.Pick(0, 100));
            if (!isEmpty)
                Fill(world, partitions[i], hasGaps, stretch, isTimely);
        }
        return partitions;
    }

    /// <summary>Of a join, every other partition is of its right topic.</summary>
    private static PartitionId IdOf(WindowWorld world, int index) => world.Windows.Join is { } join
        ? new PartitionId("windows", index % 2 == 0 ? Topic : join.RightTopic, 1, index / 2)
        : new PartitionId("windows", Topic, 1, index);

    /// <param name="isTimely">Event times go with the moments of appending, so that all partitions are about equally far; else each goes at its own pace.</param>
    private static void Fill(WindowWorld world, EventPartition partition, bool hasGaps, double stretch, bool isTimely)
    {
        var random = world.Random;
        var count = random.Pick(10, 40, 80);
        var stepMax = (int)(2 * stretch * world.Settings.FaultsEnd / count);
        int[] silentAt = [random.Chance(0.7) ? random.Below(count) : -1, random.Chance(0.5) ? random.Below(count) : -1];
        var offset = partition.End;
        var at = random.Chance(0.2) ? random.Between(100, 400) : 0;
        var (time, behind) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (silentAt.Contains(i))
            {
                var silence = random.Between(80, 400);
                at += silence;
                // What was silent brings what is new, or what it could not bring meanwhile.
                behind += random.Chance(0.5) ? silence : 0;
            }
            time += random.Chance(0.02) ? 25 : random.Pick(0, 1, 1, 2, 3);
            at = Math.Min(at + random.Between(0, stepMax), world.Settings.FaultsEnd);
            time = isTimely ? Math.Max(time, at - behind) : time;
            var back = random.Between(0, random.Pick(8, 8, 60, 300));
            var luck = random.Share();
            var kind = luck < 0.88 ? EventKind.Event : luck < 0.94 ? EventKind.Poison : EventKind.Unreadable;
            partition.Add(new EventRecord(
                offset, at + world.TakeVisibleDelay(), kind, random.Below(Keys), Math.Max(0, time - back) * World.MsPerStep, world.NextValue()));
            offset += 1 + (hasGaps && random.Chance(0.2) ? random.Between(1, 5) : 0);
        }
    }
}
