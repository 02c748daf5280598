using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>The counter rows and senders of one group of appends, locked until its transaction ends; offsets are given in memory and written back once (protocol.md A3).</summary>
/// <remarks>Locks are taken in one order everywhere: counters by topic and partition, then senders by topic and name. Two nodes' groups cannot wait for each other in a circle.</remarks>
internal sealed class LockedCounters(long nowMs)
{
    private readonly Dictionary<(long Topic, int Partition), Counter> _counters = [];
    private readonly Dictionary<(long Topic, string Sender), Taken> _senders = [];
    private readonly List<(TopicInfo Topic, NewBatch Batch, long First, long AppendTimeMs)> _rows = [];

    public static async Task<LockedCounters> LockAsync(NpgsqlConnection connection, IReadOnlyList<PostgresAppend> group, long nowMs)
    {
        var locked = new LockedCounters(nowMs);
        var partitions = group.SelectMany(a => a.Partitions.Select(p => (a.Topic.Id, p))).Distinct().ToList();
        var senders = group.Where(a => a.Sender is not null).Select(a => (a.Topic.Id, Sender: a.Sender!)).Distinct().ToList();
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("""
            SELECT c.topic_id, c.partition, c.next_offset, c.append_time FROM topic_partition c JOIN unnest($1, $2) AS asked (topic_id, partition) USING (topic_id, partition)
            ORDER BY c.topic_id, c.partition FOR UPDATE OF c
            """, partitions.Select(p => p.Id).ToArray(), partitions.Select(p => p.p).ToArray());
        if (senders.Count > 0)
            AddSenders(batch, senders.Select(s => s.Id).ToArray(), senders.Select(s => s.Sender).ToArray(), nowMs);
        await using var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
            locked._counters[(reader.GetInt64(0), reader.GetInt32(1))] = new Counter { Next = reader.GetInt64(2), AppendTimeMs = reader.GetInt64(3) };
        if (senders.Count > 0 && await reader.NextResultAsync().ConfigureAwait(false))
        {
            while (await reader.ReadAsync().ConfigureAwait(false))
                locked._senders[(reader.GetInt64(0), reader.GetString(1))] = new Taken { Number = reader.GetInt64(2) };
        }
        return locked;
    }

    public AppendedBatches Append(TopicInfo topic, IReadOnlyList<NewBatch> batches)
    {
        var counters = batches.Select(b => _counters.TryGetValue((topic.Id, b.Partition), out var c)
            ? c : throw new InvalidDataException($"The counter row of topic '{topic.Name}', partition {b.Partition}, is missing.")).ToList();
        var appendTime = Math.Max(nowMs, counters.Max(c => c.AppendTimeMs));
        var firsts = new long[batches.Count];
        for (var i = 0; i < firsts.Length; i++)
        {
            firsts[i] = counters[i].Next;
            _rows.Add((topic, batches[i], firsts[i], appendTime));
            counters[i].Next += batches[i].Count;
            counters[i].AppendTimeMs = appendTime;
            counters[i].IsChanged = true;
        }
        return new AppendedBatches(appendTime, firsts);
    }

    public long TakenOf(TopicInfo topic, string sender) => _senders[(topic.Id, sender)].Number;

    public void SetTaken(TopicInfo topic, string sender, long number)
    {
        var taken = _senders[(topic.Id, sender)];
        (taken.Number, taken.IsChanged) = (number, true);
    }

    /// <summary>Everything given, in one round trip.</summary>
    public async Task WriteAsync(NpgsqlConnection connection)
    {
        if (_rows.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (topic, rows, first, appendTime) in _rows)
        {
            batch.Add("INSERT INTO topic_batch (topic_id, incarnation, partition, first_offset, count, append_time, blob) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                topic.Id, topic.Incarnation, rows.Partition, first, rows.Count, appendTime, rows.Blob);
        }
        foreach (var ((topic, partition), counter) in _counters.Where(c => c.Value.IsChanged))
            batch.Add("UPDATE topic_partition SET next_offset = $1, append_time = $2 WHERE topic_id = $3 AND partition = $4", counter.Next, counter.AppendTimeMs, topic, partition);
        foreach (var ((topic, sender), taken) in _senders.Where(s => s.Value.IsChanged))
            batch.Add("UPDATE topic_sender SET taken = $1, taken_at = $2 WHERE topic_id = $3 AND sender = $4", taken.Number, nowMs, topic, sender);
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>A row that is not there cannot be locked, so it is made first: of two nodes that meet a sender for the first time, one waits for the other.</summary>
    private static void AddSenders(NpgsqlBatch batch, long[] topics, string[] senders, long nowMs)
    {
        batch.Add("""
            INSERT INTO topic_sender (topic_id, sender, taken, taken_at) SELECT t, s, 0, $3 FROM unnest($1, $2) AS asked (t, s) ORDER BY t, s COLLATE "C"
            ON CONFLICT (topic_id, sender) DO NOTHING
            """, topics, senders, nowMs);
        batch.Add("""
            SELECT s.topic_id, s.sender, s.taken FROM topic_sender s JOIN unnest($1, $2) AS asked (t, n) ON s.topic_id = asked.t AND s.sender = asked.n COLLATE "C"
            ORDER BY s.topic_id, s.sender FOR UPDATE OF s
            """, topics, senders);
    }

    private sealed class Counter
    {
        public long Next { get; set; }

        public long AppendTimeMs { get; set; }

        public bool IsChanged { get; set; }
    }

    private sealed class Taken
    {
        public long Number { get; set; }

        public bool IsChanged { get; set; }
    }
}
