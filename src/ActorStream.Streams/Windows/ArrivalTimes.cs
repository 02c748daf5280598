using ActorStream.Domain.Records;

namespace ActorStream.Streams.Windows;

/// <summary>When the event time of a pipeline's partitions came how far, for those that are read on this node: what closed a window arrived then. Safe from any thread.</summary>
/// <remarks>A mark for each chunk that took time further. At <see cref="MarksMax"/> the older half is thinned: two marks become one with the arrival of the earlier, so what is asked about long afterwards seems to have arrived a little sooner.</remarks>
internal sealed class ArrivalTimes
{
    internal const int MarksMax = 1_024;

    /// <summary>What came before this node read the partition arrived, but not here.</summary>
    private const long Elsewhere = long.MinValue;

    private readonly Lock _lock = new();
    private readonly Dictionary<PartitionId, List<Mark>> _partitions = [];

    /// <summary>A reader starts on this node.</summary>
    /// <param name="eventTimeMs">Of its row: nothing is known of what came up to there and was not read here.</param>
    public void Begins(PartitionId partition, long eventTimeMs) => Came(partition, eventTimeMs, Elsewhere);

    /// <param name="eventTimeMs">Greatest event time of the partition up to the end of the chunk.</param>
    /// <param name="arrivedMs">Of the oldest record in the chunk, epoch milliseconds.</param>
    public void Came(PartitionId partition, long eventTimeMs, long arrivedMs)
    {
        lock (_lock)
        {
            if (!_partitions.TryGetValue(partition, out var marks))
                _partitions.Add(partition, marks = []);
            // What is read again after a restart arrived when it came first.
            if (eventTimeMs == PartitionId.NoTime || (marks.Count > 0 && eventTimeMs <= marks[^1].EventTimeMs))
                return;
            if (marks.Count == MarksMax)
                Thin(marks);
            marks.Add(new Mark(eventTimeMs, arrivedMs));
        }
    }

    /// <summary>When the last of the partitions had come to this event time, epoch milliseconds; null: none has, by a record that was read here.</summary>
    public long? Of(long eventTimeMs)
    {
        lock (_lock)
        {
            long? last = null;
            foreach (var marks in _partitions.Values)
            {
                var at = marks.BinarySearch(new Mark(eventTimeMs, 0), Mark.ByEventTime);
                at = at < 0 ? ~at : at;
                if (at == marks.Count)
                    continue;
                if (marks[at].ArrivedMs == Elsewhere)
                    return null;
                last = Math.Max(last ?? Elsewhere, marks[at].ArrivedMs);
            }
            return last;
        }
    }

    private static void Thin(List<Mark> marks)
    {
        const int kept = MarksMax / 4;
        for (var i = 0; i < kept; i++)
            marks[i] = new Mark(marks[2 * i + 1].EventTimeMs, marks[2 * i].ArrivedMs);
        marks.RemoveRange(kept, kept);
    }

    private readonly record struct Mark(long EventTimeMs, long ArrivedMs)
    {
        public static readonly Comparer<Mark> ByEventTime = Comparer<Mark>.Create(static (a, b) => a.EventTimeMs.CompareTo(b.EventTimeMs));
    }
}
