using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <param name="Number">Per sender, from 1.</param>
internal readonly record struct TopicRecord(string Sender, long Number, IOutput Output, long VisibleAt);

/// <summary>A topic that entities append to: one Append is one transaction (rule 28).</summary>
internal class SimTopic(World world, IReadOnlyList<TopicPartition> partitions)
{
    private readonly Dictionary<string, long> _taken = [];

    public IReadOnlyList<TopicPartition> Partitions => partitions;

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
            partition.Add(new TopicRecord(sender, item.Number, item.Output, world.Now + world.TakeVisibleDelay()));
            _taken[sender] = item.Number;
            world.Trace?.Invoke($"topic takes {sender} {item.Number} as {partition.Id} {partition.End - 1}");
        }
        return TakenFrom(sender);
    }

    protected virtual bool IsRefused(long number, long taken) => number != taken + 1;
}

/// <summary>A partition of such a topic. Offsets have no gaps.</summary>
internal abstract class TopicPartition(World world, PartitionId id) : SimPartition(world, id, 0)
{
    private readonly List<TopicRecord> _records = [];

    public IReadOnlyList<TopicRecord> Records => _records;

    public override long End => _records.Count;

    public virtual void Add(TopicRecord record) => _records.Add(record);
}
