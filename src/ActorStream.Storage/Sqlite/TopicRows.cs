using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>What appending, reading and retention do to the tables, inside a transaction of the caller.</summary>
internal static class TopicRows
{
    /// <summary>Firsts are in the order of <paramref name="batches"/>, whatever the order of writing.</summary>
    public static AppendedBatches Append(SqliteSession session, TopicInfo topic, IReadOnlyList<NewBatch> batches, long nowMs)
    {
        var appendTime = Math.Max(nowMs, LastAppendTimeOf(session, topic));
        var firsts = new long[batches.Count];
        foreach (var i in Enumerable.Range(0, batches.Count).OrderBy(i => batches[i].Partition))
        {
            var batch = batches[i];
            firsts[i] = TakeOffsets(session, topic, batch.Partition, batch.Count, appendTime);
            session.Sql("INSERT INTO topic_batch (topic_id, incarnation, partition, first_offset, count, append_time, blob) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .Bind(topic.Id).Bind(topic.Incarnation).Bind(batch.Partition).Bind(firsts[i]).Bind(batch.Count).Bind(appendTime).Bind(batch.Blob.Span).Run();
        }
        return new AppendedBatches(appendTime, firsts);
    }

    /// <summary>The first of <paramref name="count"/> offsets.</summary>
    public static long TakeOffsets(SqliteSession session, TopicInfo topic, int partition, int count, long appendTime)
    {
        using var row = session.Sql("UPDATE topic_partition SET next_offset = next_offset + ?, append_time = ? WHERE topic_id = ? AND partition = ? RETURNING next_offset")
            .Bind(count).Bind(appendTime).Bind(topic.Id).Bind(partition);
        return row.Step() ? row.Int64(0) - count : throw new InvalidDataException($"The counter row of topic '{topic.Name}', partition {partition}, is missing.");
    }

    /// <summary>Over all partitions, so that one append has one time and no partition's time falls.</summary>
    public static long LastAppendTimeOf(SqliteSession session, TopicInfo topic)
    {
        using var row = session.Sql("SELECT MAX(append_time) FROM topic_partition WHERE topic_id = ?").Bind(topic.Id);
        row.Step();
        return row.Int64(0);
    }

    public static long TakenOf(SqliteSession session, TopicInfo topic, string sender)
    {
        using var row = session.Sql("SELECT taken FROM topic_sender WHERE topic_id = ? AND sender = ?").Bind(topic.Id).Bind(sender);
        return row.Step() ? row.Int64(0) : 0;
    }

    public static void SetTaken(SqliteSession session, TopicInfo topic, string sender, long taken, long nowMs) =>
        session.Sql("INSERT INTO topic_sender (topic_id, sender, taken, taken_at) VALUES (?, ?, ?, ?) ON CONFLICT (topic_id, sender) DO UPDATE SET taken = excluded.taken, taken_at = excluded.taken_at")
            .Bind(topic.Id).Bind(sender).Bind(taken).Bind(nowMs).Run();

    public static int ForgetSenders(SqliteSession session, TopicInfo topic, string namePrefix, long silentSinceMs)
    {
        session.Sql("DELETE FROM topic_sender WHERE topic_id = ? AND substr(sender, 1, length(?2)) = ?2 AND taken_at < ?").Bind(topic.Id).Bind(namePrefix).Bind(silentSinceMs).Run();
        return session.Changes;
    }

    /// <summary>Hot path: one statement, the blob copied once.</summary>
    public static List<StoredBatch> Read(SqliteSession session, TopicInfo topic, int partition, long from, int recordsMax, int bytesMax)
    {
        var batches = new List<StoredBatch>();
        var (records, bytes) = (0L, 0L);
        using var row = session.Sql("""
            SELECT first_offset, count, append_time, blob FROM topic_batch
            WHERE topic_id = ?1 AND incarnation = ?2 AND partition = ?3 AND first_offset >= IFNULL(
                (SELECT MAX(first_offset) FROM topic_batch WHERE topic_id = ?1 AND incarnation = ?2 AND partition = ?3 AND first_offset <= ?4), 0)
            ORDER BY first_offset
            """).Bind(topic.Id).Bind(topic.Incarnation).Bind(partition).Bind(from);
        while (row.Step())
        {
            var (first, count) = (row.Int64(0), row.Int32(1));
            if (first + count <= from)
                continue;
            records += first + count - Math.Max(first, from);
            bytes += row.BytesOf(3);
            if (batches.Count > 0 && (records > recordsMax || bytes > bytesMax))
                break;
            batches.Add(new StoredBatch(first, count, row.Int64(2), row.Blob(3)));
            if (records >= recordsMax || bytes >= bytesMax)
                break;
        }
        return batches;
    }

    /// <summary>Deletes from the low end whole batches that end at or below <paramref name="committed"/> and are old enough.</summary>
    public static (long Records, bool More) Retain(SqliteSession session, TopicInfo topic, int partition, long committed, long appendedBeforeMs, int batchesMax)
    {
        var first = SqliteTopics.StateIn(session, topic.Id, partition).First;
        var (cut, batches) = CutOf(session, topic, partition, committed, appendedBeforeMs, batchesMax);
        if (batches == 0)
            return (0, false);
        session.Sql("DELETE FROM topic_batch WHERE topic_id = ? AND incarnation = ? AND partition = ? AND first_offset < ?")
            .Bind(topic.Id).Bind(topic.Incarnation).Bind(partition).Bind(cut).Run();
        session.Sql("UPDATE topic_partition SET first_offset = ? WHERE topic_id = ? AND partition = ?").Bind(cut).Bind(topic.Id).Bind(partition).Run();
        return (cut - first, batches == batchesMax);
    }

    private static (long Cut, int Batches) CutOf(SqliteSession session, TopicInfo topic, int partition, long committed, long appendedBeforeMs, int batchesMax)
    {
        var (cut, batches) = (0L, 0);
        using var row = session.Sql("SELECT first_offset + count, append_time FROM topic_batch WHERE topic_id = ? AND incarnation = ? AND partition = ? ORDER BY first_offset")
            .Bind(topic.Id).Bind(topic.Incarnation).Bind(partition);
        while (batches < batchesMax && row.Step() && row.Int64(0) <= committed && row.Int64(1) < appendedBeforeMs)
        {
            cut = row.Int64(0);
            batches++;
        }
        return (cut, batches);
    }
}
