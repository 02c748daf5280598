using System.Runtime.InteropServices;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>Outputs of one entity, numbered per topic, held until their topic has taken them.</summary>
internal sealed class Outbox
{
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly List<OutboxItem> _added = [];
    private readonly Dictionary<string, long> _taken = [];

    public int Count { get; private set; }

    public IEnumerable<Lane> Lanes => _lanes.Values;

    /// <summary>Something was added or taken that no event says yet.</summary>
    public bool HasChanged => _added.Count > 0 || _taken.Count > 0;

    public void Add(string topic, string key, IOutput output, AppliedOffset? cause)
    {
        var lane = LaneOf(topic);
        var item = new OutboxItem(topic, lane.LastNumber + 1, key, output, cause);
        Restore(item);
        _added.Add(item);
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
        if (!RestoreTaken(topic, number))
            return false;
        _taken[topic] = number;
        return true;
    }

    /// <summary>What was added and taken since the last call, for the event that is about to be written.</summary>
    public (OutboxItem[] Added, TakenNumber[] Taken) TakeChange()
    {
        var change = (_added.ToArray(), _taken.Count == 0 ? [] : _taken.Select(static t => new TakenNumber(t.Key, t.Value)).ToArray());
        _added.Clear();
        _taken.Clear();
        return change;
    }

    /// <summary>As <see cref="Take"/>, of what a journaled event says.</summary>
    public bool RestoreTaken(string topic, long number)
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

    /// <summary>What goes to one topic; one call of it at a time.</summary>
    internal sealed class Lane(string topic)
    {
        private const int BackoffMinMs = 1_000;
        private const int BackoffMaxMs = 5_000;

        public readonly string Topic = topic;
        public readonly Queue<OutboxItem> Items = new();

        /// <summary>The highest number issued.</summary>
        public long LastNumber;

        /// <summary>The highest number whose event the journal has acknowledged; nothing above it may leave.</summary>
        public long JournaledNumber;

        private bool _isCalling;
        private long _retryAtMs;
        private int _retryPauseMs;

        /// <summary>What the topic is to be called with now, at most so many items; empty while a call is in flight, a backoff lasts or nothing may leave.</summary>
        public OutboxItem[] TakeCall(long nowMs, int itemsMax)
        {
            if (_isCalling || Items.Count == 0 || nowMs < _retryAtMs)
                return [];
            var items = Items.TakeWhile(i => i.Number <= JournaledNumber).Take(itemsMax).ToArray();
            _isCalling = items.Length > 0;
            return items;
        }

        public void Answered() => (_isCalling, _retryPauseMs) = (false, 0);

        /// <summary>The call is repeated after a pause.</summary>
        public void Failed(long nowMs)
        {
            _isCalling = false;
            _retryPauseMs = Math.Clamp(2 * _retryPauseMs, BackoffMinMs, BackoffMaxMs);
            _retryAtMs = nowMs + _retryPauseMs;
        }
    }
}
