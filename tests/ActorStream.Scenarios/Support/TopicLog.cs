using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Scenarios.Support;

internal sealed record TopicRecord(int Partition, long Offset, long AppendTimeMs, byte[] Key, byte[] Value);

/// <summary>A topic from its first record to its last, partition by partition, read with a plain loop.</summary>
internal static class TopicLog
{
    private const int RecordsMax = 10_000;
    private const int BytesMax = 4 << 20;

    public static IEnumerable<TopicRecord> Read(ITopicStore topics, string topic)
    {
        for (var partition = 0; partition < topics.PartitionsOf(topic); partition++)
        {
            var from = 0L;
            while (topics.Read(topic, partition, from, RecordsMax, BytesMax) is { Count: > 0 } batches)
            {
                // Nothing was deleted and no offset is missing, or the books would be cut.
                Assert.Equal(from, batches[0].FirstOffset);
                foreach (var record in batches.SelectMany(b => Decode(b, partition)))
                    yield return record;
                from = batches[^1].Next;
            }
        }
    }

    private static List<TopicRecord> Decode(StoredBatch batch, int partition)
    {
        var records = new List<TopicRecord>(batch.Count);
        var reader = new RecordBatchReader(batch.Blob.Span);
        for (var offset = batch.FirstOffset; reader.Next(); offset++)
            records.Add(new TopicRecord(partition, offset, batch.AppendTimeMs, reader.Key.ToArray(), reader.Value.ToArray()));
        Assert.Equal(batch.Count, records.Count);
        return records;
    }
}
