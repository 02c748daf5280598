using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Topics of batches: a row per batch, offsets and append times from a counter row per partition.</summary>
internal sealed class PostgresTopics(PostgresDatabase database, PostgresCatalog catalog, PostgresAppends appends, ChangeStamps stamps, TimeProvider time) : ITopicStore
{
    private const int RetainedBatchesPerTransaction = 256;

    public event Action<string, int, long>? Appended;

    public async Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default)
    {
        if (catalog.Knows(topic))
            return;
        await database.WriteAsync(
            connection =>
            {
                PostgresTopicMaking.Ensure(connection, new TopicSpec(topic, partitions, TopicKind.Batches));
                return Task.FromResult(true);
            },
            cancel).ConfigureAwait(false);
    }

    public int PartitionsOf(string topic) => catalog.Get(topic).Partitions;

    public int IncarnationOf(string topic) => catalog.Get(topic).Incarnation;

    public long ChangeStampOf(string topic) => stamps.Of(catalog.Get(topic).Id);

    public async Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckBatches(info, batches);
        if (batches.Count == 0)
            return new AppendedBatches(time.GetUtcNow().ToUnixTimeMilliseconds(), []);
        var appended = await appends.RunAsync(new BatchAppend(info, batches), cancel).ConfigureAwait(false);
        for (var i = 0; i < batches.Count; i++)
            Tell(info, batches[i].Partition, appended.Firsts[i] + batches[i].Count);
        return appended;
    }

    public async Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckItems(info, items);
        CheckSender(sender);
        var (taken, heads) = await appends.RunAsync(new NumberedAppend(info, sender, items), cancel).ConfigureAwait(false);
        foreach (var (partition, head) in heads)
            Tell(info, partition, head);
        return taken;
    }

    public async Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckBatches(info, batches);
        CheckSender(sender);
        var appended = await appends.RunAsync(new OnceAppend(info, sender, mark, batches), cancel).ConfigureAwait(false);
        for (var i = 0; appended is not null && i < batches.Count; i++)
            Tell(info, batches[i].Partition, appended.Firsts[i] + batches[i].Count);
        return appended;
    }

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckPartition(info, partition);
        return database.Read(connection => PostgresBatches.Read(connection, info, partition, from, recordsMax, bytesMax));
    }

    public PartitionState StateOf(string topic, int partition)
    {
        var info = catalog.Get(topic);
        AppendCalls.CheckPartition(info, partition);
        return database.Read(connection => StateIn(connection, info, partition));
    }

    public async Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        var deleted = 0L;
        for (var partition = 0; partition < info.Partitions; partition++)
        {
            var p = partition;
            var bound = database.Read(connection => CommittedByAll(connection, info, p, groups));
            bool more;
            do
            {
                (var records, more) = await database
                    .WriteAsync(connection => PostgresBatches.RetainAsync(connection, info, p, bound, appendedBeforeMs, RetainedBatchesPerTransaction), cancel).ConfigureAwait(false);
                deleted += records;
            }
            while (more);
        }
        return deleted;
    }

    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        return database.WriteAsync(
            connection => connection.RunAsync("DELETE FROM topic_sender WHERE topic_id = $1 AND starts_with(sender, $2) AND taken_at < $3", info.Id, namePrefix, silentSinceMs), cancel);
    }

    public void Tell(TopicInfo topic, int partition, long head)
    {
        stamps.Bump(topic.Id);
        Appended?.Invoke(topic.Name, partition, head);
    }

    internal static PartitionState StateIn(NpgsqlConnection connection, TopicInfo topic, int partition)
    {
        var rows = connection.List(r => new PartitionState(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)),
            "SELECT first_offset, next_offset, append_time FROM topic_partition WHERE topic_id = $1 AND partition = $2", topic.Id, partition);
        return rows is [var state] ? state : throw new InvalidDataException($"The counter row of topic '{topic.Name}', partition {partition}, is missing.");
    }

    private static void CheckSender(string sender)
    {
        if (sender.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("The sender's name holds a zero character, which PostgreSQL cannot store. Use another name.", nameof(sender));
    }

    /// <summary>A group that has no row, or one of another incarnation, has committed nothing. No groups at all: age alone decides.</summary>
    private static long CommittedByAll(NpgsqlConnection connection, TopicInfo topic, int partition, IReadOnlyList<string> groups)
    {
        var positions = connection.List(r => (Group: r.GetString(0), Position: r.GetInt64(1)),
            "SELECT reader_group, position FROM commit_row WHERE topic = $1 AND partition = $2 AND incarnation = $3", topic.Name, partition, topic.Incarnation).ToDictionary(r => r.Group, r => r.Position);
        return groups.Count == 0 ? long.MaxValue : groups.Min(positions.GetValueOrDefault);
    }
}
