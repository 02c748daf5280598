using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <param name="Number">Per sender, from 1.</param>
internal readonly record struct TopicRecord(string Sender, long Number, AlarmRecord Alarm, long VisibleAt);

/// <summary>The topic <c>alarms</c>: one Append is one transaction (rule 28).</summary>
internal class SimTopic
{
    private readonly Dictionary<string, long> _taken = [];
    private readonly World _world;

    public SimTopic(World world, int partitions)
    {
        _world = world;
        for (var i = 0; i < partitions; i++)
            Partitions.Add(new AlarmPartition(world, new PartitionId(TopicNames.NoticesGroup, TopicNames.Alarms, 1, i)));
    }

    public List<AlarmPartition> Partitions { get; } = [];

    public long TakenFrom(string sender) => _taken.GetValueOrDefault(sender);

    /// <summary>Takes the successors of what was taken before, nothing else; answers how far it has taken.</summary>
    public long Append(string sender, IReadOnlyList<OutboxItem> items)
    {
        foreach (var item in items)
        {
            var taken = TakenFrom(sender);
            if (item.Number <= taken)
                continue;
            if (IsRefused(item.Number, taken))
                break;
            var partition = Partitions[StableHash.Bucket(item.Key, Partitions.Count)];
            partition.Add(new TopicRecord(sender, item.Number, (AlarmRecord)item.Output, _world.Now + _world.TakeVisibleDelay()));
            _taken[sender] = item.Number;
            _world.Trace?.Invoke($"topic takes {sender} {item.Number} as {partition.Id} {partition.End - 1}");
        }
        return TakenFrom(sender);
    }

    protected virtual bool IsRefused(long number, long taken) => number != taken + 1;
}

/// <summary>A partition of <c>alarms</c>, read into the notice groups. Offsets have no gaps.</summary>
internal sealed class AlarmPartition(World world, PartitionId id) : SimPartition(world, id, 0)
{
    public List<TopicRecord> Records { get; } = [];

    public override long End => Records.Count;

    public override ReaderBounds Bounds => World.Settings.Alarms;

    public override IReadOnlyList<string> FixedGroups => World.NoticeGroups;

    public void Add(TopicRecord record)
    {
        Route(World.NoticeGroupOf(record.Alarm), End);
        Records.Add(record);
    }

    public override DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters)
    {
        var groups = World.NoticeGroups.Count;
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
            var group = World.NoticeGroupIndexOf(Records[offset].Alarm);
            (offsets[group] ??= []).Add(offset);
            (alarms[group] ??= []).Add(Records[offset].Alarm);
            next = offset + 1;
            count++;
        }
        if (count == 0)
            return null;
        var batches = new List<RoutedBatch>();
        for (var group = 0; group < groups; group++)
        {
            if (offsets[group] is { } found)
                batches.Add(new RoutedBatch(World.NoticeGroups[group], new AlarmBatch(found, alarms[group])));
        }
        batches.Sort(static (a, b) => a.Batch.FirstOffset.CompareTo(b.Batch.FirstOffset));
        return new DecodedChunk(next, maxEventTime, counters + new ReaderCounters(count, count, 0, 0), count, batches);
    }
}
