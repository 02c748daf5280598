using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A partition of <c>alarms</c>, read into the notice groups.</summary>
internal sealed class AlarmPartition(AlarmWorld world, PartitionId id) : TopicPartition(world, id)
{
    public override ReaderBounds Bounds => World.Settings.Alarms;

    public override IReadOnlyList<string> FixedGroups => world.NoticeGroups;

    public override PartitionOwner NewOwner(int node) => new SimReader(world, this, node);

    public override void Add(TopicRecord record)
    {
        Route(world.NoticeGroupOf(AlarmOf(record)), End);
        base.Add(record);
    }

    public static AlarmRecord AlarmOf(TopicRecord record) => (AlarmRecord)record.Output;

    public override DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters)
    {
        var groups = world.NoticeGroups.Count;
        var offsets = new List<long>[groups];
        var alarms = new List<AlarmRecord>[groups];
        var count = 0;
        var next = from;
        for (var offset = (int)from; offset < Records.Count && count < recordsMax; offset++)
        {
            if (Records[offset].VisibleAt > World.Now)
            {
                if (World.VisibleOutOfOrder)
                    continue;
                break;
            }
            var group = world.NoticeGroupIndexOf(AlarmOf(Records[offset]));
            (offsets[group] ??= []).Add(offset);
            (alarms[group] ??= []).Add(AlarmOf(Records[offset]));
            next = offset + 1;
            count++;
        }
        if (count == 0)
            return null;
        var batches = new List<RoutedBatch>();
        for (var group = 0; group < groups; group++)
        {
            if (offsets[group] is { } found)
                batches.Add(new RoutedBatch(world.NoticeGroups[group], new AlarmBatch(found, alarms[group])));
        }
        batches.Sort(static (a, b) => a.Batch.FirstOffset.CompareTo(b.Batch.FirstOffset));
        return new DecodedChunk(next, maxEventTime, counters + new ReaderCounters(count, count, 0, 0), count, batches);
    }
}
