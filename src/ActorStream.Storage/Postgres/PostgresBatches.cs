using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>What reading and retention do to the rows of a partition.</summary>
internal static class PostgresBatches
{
    private const string Where = "topic_id = $1 AND incarnation = $2 AND partition = $3";

    /// <summary>A batch holds at least one record, so that many rows are always enough; what is beyond the bounds is not fetched, since the server sends no more than the client asks for.</summary>
    public static List<StoredBatch> Read(NpgsqlConnection connection, TopicInfo topic, int partition, long from, int recordsMax, int bytesMax)
    {
        var batches = new List<StoredBatch>();
        foreach (var (cut, count) in PageOf(connection, topic, partition, from, recordsMax, bytesMax))
        {
            batches.AddRange(connection.List(r => new StoredBatch(r.GetInt64(0), r.GetInt32(1), r.GetInt64(2), r.GetFieldValue<byte[]>(3)),
                $"SELECT first_offset, count, append_time, blob FROM topic_batch WHERE {Where} AND first_offset >= $4 AND first_offset <= $5 ORDER BY first_offset",
                topic.Id, topic.Incarnation, partition, cut, count));
        }
        return batches;
    }

    /// <summary>Deletes from the low end whole batches that end at or below <paramref name="committed"/> and are old enough.</summary>
    public static async Task<(long Records, bool More)> RetainAsync(NpgsqlConnection connection, TopicInfo topic, int partition, long committed, long appendedBeforeMs, int batchesMax)
    {
        var first = (await connection.ListAsync(r => r.GetInt64(0),
            "SELECT first_offset FROM topic_partition WHERE topic_id = $1 AND partition = $2 FOR UPDATE", topic.Id, partition).ConfigureAwait(false))[0];
        var rows = await connection.ListAsync(r => (End: r.GetInt64(0), AppendTimeMs: r.GetInt64(1)),
            $"SELECT first_offset + count, append_time FROM topic_batch WHERE {Where} ORDER BY first_offset LIMIT $4", topic.Id, topic.Incarnation, partition, batchesMax).ConfigureAwait(false);
        var gone = rows.TakeWhile(r => r.End <= committed && r.AppendTimeMs < appendedBeforeMs).ToList();
        if (gone.Count == 0)
            return (0, false);
        var cut = gone[^1].End;
        await connection.RunAsync($"DELETE FROM topic_batch WHERE {Where} AND first_offset < $4", topic.Id, topic.Incarnation, partition, cut).ConfigureAwait(false);
        await connection.RunAsync("UPDATE topic_partition SET first_offset = $1 WHERE topic_id = $2 AND partition = $3", cut, topic.Id, partition).ConfigureAwait(false);
        return (cut - first, gone.Count == batchesMax);
    }

    /// <summary>First and last batch of a page, or nothing: the sizes are looked at before any blob crosses the wire.</summary>
    private static IEnumerable<(long First, long Last)> PageOf(NpgsqlConnection connection, TopicInfo topic, int partition, long from, int recordsMax, int bytesMax)
    {
        using var command = connection.Sql($"""
            SELECT first_offset, count, octet_length(blob) FROM topic_batch WHERE {Where} AND first_offset >= COALESCE(
                (SELECT MAX(first_offset) FROM topic_batch WHERE {Where} AND first_offset <= $4), 0)
            ORDER BY first_offset LIMIT $5
            """, topic.Id, topic.Incarnation, partition, from, Math.Min((long)recordsMax + 1, 4096L));
        using var row = command.ExecuteReader();
        (long First, long Last)? page = null;
        for (var (records, bytes) = (0L, 0L); records < recordsMax && bytes < bytesMax && row.Read();)
        {
            var (first, count) = (row.GetInt64(0), row.GetInt32(1));
            if (first + count <= from)
                continue;
            records += first + count - Math.Max(first, from);
            bytes += row.GetInt32(2);
            if (page is not null && (records > recordsMax || bytes > bytesMax))
                break;
            page = (page?.First ?? first, first);
        }
        row.Close();
        return page is { } found ? [found] : [];
    }
}
