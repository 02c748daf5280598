using System.Runtime.InteropServices;
using ActorStream.Domain.Protocol;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>An entity's outputs as its journal tells of them, with the numbers checked that the running outbox takes for granted.</summary>
internal sealed class OutboxLedger
{
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <summary>By topic.</summary>
    public IReadOnlyDictionary<string, Lane> Lanes => _lanes;

    /// <summary>Null: the numbers fit.</summary>
    public string? Take(EntitySnapshot snapshot)
    {
        foreach (var (topic, number) in snapshot.Numbers)
            _lanes[topic] = new Lane { Issued = number, Taken = number };
        foreach (var items in snapshot.Outbox.GroupBy(i => i.Topic))
        {
            if (!_lanes.TryGetValue(items.Key, out var lane))
                return $"outputs for {items.Key} wait, and it does not say how many were issued.";
            lane.Taken = items.First().Number - 1;
            var issued = lane.Issued;
            lane.Issued = lane.Taken;
            foreach (var item in items)
            {
                if (lane.Add(item) is { } fault)
                    return fault;
            }
            if (lane.Issued != issued)
                return $"of the outputs for {items.Key} {issued} were issued, but those that wait end with number {lane.Issued}.";
        }
        return null;
    }

    /// <inheritdoc cref="Take(EntitySnapshot)"/>
    public string? Take(Checkpoint checkpoint)
    {
        foreach (var item in checkpoint.Added)
        {
            if (LaneOf(item.Topic).Add(item) is { } fault)
                return fault;
        }
        foreach (var (topic, number) in checkpoint.Taken)
        {
            if (LaneOf(topic).TakeUpTo(topic, number) is { } fault)
                return fault;
        }
        return null;
    }

    private Lane LaneOf(string topic) => CollectionsMarshal.GetValueRefOrAddDefault(_lanes, topic, out _) ??= new Lane();

    internal sealed class Lane
    {
        private readonly Queue<OutboxItem> _waiting = new();

        /// <summary>The highest number issued.</summary>
        public long Issued { get; set; }

        /// <summary>The highest number known to be taken by the topic.</summary>
        public long Taken { get; set; }

        public IReadOnlyCollection<OutboxItem> Waiting => _waiting;

        public string? Add(OutboxItem item)
        {
            if (item.Number != Issued + 1)
                return $"output {item.Number} for {item.Topic} follows output {Issued}; it should be {Issued + 1}.";
            Issued = item.Number;
            _waiting.Enqueue(item);
            return null;
        }

        public string? TakeUpTo(string topic, long number)
        {
            if (number > Issued)
                return $"{topic} is said to have taken output {number}, and only {Issued} were issued.";
            Taken = Math.Max(Taken, number);
            while (_waiting.TryPeek(out var item) && item.Number <= number)
                _waiting.Dequeue();
            return null;
        }
    }
}
