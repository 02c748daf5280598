using System.Runtime.InteropServices;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>Outputs of one entity, numbered per topic, held until their topic has taken them.</summary>
internal sealed class Outbox
{
    private readonly Dictionary<string, Lane> _lanes = [];

    public int Count { get; private set; }

    public IEnumerable<Lane> Lanes => _lanes.Values;

    public OutboxItem Add(string topic, string key, IOutput output, AppliedOffset? cause)
    {
        var lane = LaneOf(topic);
        var item = new OutboxItem(topic, lane.LastNumber + 1, key, output, cause);
        Restore(item);
        return item;
    }

    /// <summary>Puts back an item that was journaled.</summary>
    public void Restore(OutboxItem item)
    {
        var lane = LaneOf(item.Topic);
        lane.LastNumber = Math.Max(lane.LastNumber, item.Number);
        lane.Items.Enqueue(item);
        Count++;
    }

    /// <summary>A topic has taken everything up to this number. True if that was news.</summary>
    public bool Take(string topic, long number)
    {
        var lane = LaneOf(topic);
        var before = Count;
        lane.LastNumber = Math.Max(lane.LastNumber, number);
        while (lane.Items.TryPeek(out var item) && item.Number <= number)
        {
            lane.Items.Dequeue();
            Count--;
        }
        return Count < before;
    }

    /// <summary>The highest offset of a partition below every cause that is still here.</summary>
    public long SafeBelow(PartitionId partition, long offset)
    {
        foreach (var lane in _lanes.Values)
        {
            foreach (var item in lane.Items)
            {
                if (item.Cause is { } cause && cause.Partition == partition)
                    offset = Math.Min(offset, cause.Offset - 1);
            }
        }
        return offset;
    }

    public Lane LaneOf(string topic) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_lanes, topic, out _) ??= new Lane(topic);

    internal sealed class Lane(string topic)
    {
        public readonly string Topic = topic;
        public readonly Queue<OutboxItem> Items = new();

        /// <summary>The highest number issued.</summary>
        public long LastNumber;

        /// <summary>The highest number whose event the journal has acknowledged; nothing above it may leave.</summary>
        public long JournaledNumber;

        public bool CallInFlight;
        public long RetryAtMs;
        public int RetryPauseMs;
    }
}
