using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Storage.Topics;

/// <summary>What every database refuses of an append before it writes anything, and the batches that numbered records become.</summary>
internal static class AppendCalls
{
    public static void CheckBatches(TopicInfo topic, IReadOnlyList<NewBatch> batches)
    {
        var seen = new HashSet<int>();
        foreach (var batch in batches)
        {
            CheckPartition(topic, batch.Partition);
            if (!seen.Add(batch.Partition))
                throw new ArgumentException($"Two batches for partition {batch.Partition} in one append; at most one is allowed.", nameof(batches));
            if (batch.Count < 1)
                throw new ArgumentException($"A batch of {batch.Count} records for partition {batch.Partition}; at least 1 is needed.", nameof(batches));
        }
    }

    public static void CheckItems(TopicInfo topic, IReadOnlyList<NumberedRecord> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            CheckPartition(topic, items[i].Partition);
            if (items[i].Number < 1 || items[i].Number != items[0].Number + i)
                throw new ArgumentException($"Item {i} has number {items[i].Number} after a first of {items[0].Number}; numbers start at 1 and rise by one.", nameof(items));
        }
    }

    public static void CheckPartition(TopicInfo topic, int partition)
    {
        if (partition < 0 || partition >= topic.Partitions)
            throw new ArgumentOutOfRangeException(nameof(partition), partition, $"Topic '{topic.Name}' has partitions 0 to {topic.Partitions - 1}.");
    }

    /// <summary>Of a sender that appends once: whether this is what it has appended. False: it has appended nothing.</summary>
    /// <exception cref="SenderReusedException">It has appended something else.</exception>
    public static bool IsRepeat(TopicInfo topic, string sender, long taken, long mark) => taken == 0 || taken == mark
        ? taken == mark
        : throw new SenderReusedException($"Sender '{sender}' appends to topic '{topic.Name}' under the mark {mark} and has appended under {taken} before; take another name for it.");

    /// <summary>The items that are new after <paramref name="taken"/>, one batch a partition in ascending order; empty when all were taken before (protocol.md rule 28).</summary>
    /// <exception cref="InvalidOperationException">A gap.</exception>
    public static IReadOnlyList<NewBatch> NewAfter(TopicInfo topic, string sender, long taken, IReadOnlyList<NumberedRecord> items)
    {
        if (items.Count == 0 || items[^1].Number <= taken)
            return [];
        if (items[0].Number > taken + 1)
            throw new InvalidOperationException($"Sender '{sender}' appends from number {items[0].Number} to topic '{topic.Name}', which has taken up to {taken}: {taken + 1} must come first.");
        var writers = new SortedDictionary<int, RecordBatchWriter>();
        for (var i = (int)(taken + 1 - items[0].Number); i < items.Count; i++)
        {
            if (!writers.TryGetValue(items[i].Partition, out var writer))
                writers[items[i].Partition] = writer = new RecordBatchWriter(256);
            writer.Add(items[i].Key.Span, items[i].Value.Span);
        }
        return writers.Select(w => new NewBatch(w.Key, w.Value.Count, w.Value.Written)).ToList();
    }
}
