using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>Topics of batches: a row per batch, offsets and append times from a counter row per partition (protocol.md A3).</summary>
internal sealed class SqliteTopics(TopicCatalog catalog, SqliteFile state, TimeProvider time) : ITopicStore
{
    private const int RetainedBatchesPerTransaction = 256;

    public event Action<string, int, long>? Appended;

    public Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default) =>
        TopicMaking.EnsureAsync(catalog, new TopicSpec(topic, partitions, TopicKind.Batches), withState, cancel);

    public int PartitionsOf(string topic) => catalog.Get(topic).Partitions;

    public int IncarnationOf(string topic) => catalog.Get(topic).Incarnation;

    public long ChangeStampOf(string topic) => catalog.FileOf(topic).ChangeStamp();

    public async Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckBatches(info, batches);
        if (batches.Count == 0)
            return new AppendedBatches(Now(), []);
        var bytes = batches.Sum(b => b.Blob.Length);
        var appended = await catalog.FileOf(topic).WriteAsync(session => TopicRows.Append(session, info, batches, Now()), cancel, bytes).ConfigureAwait(false);
        for (var i = 0; i < batches.Count; i++)
            Tell(topic, batches[i].Partition, appended.Firsts[i] + batches[i].Count);
        return appended;
    }

    public async Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckItems(info, items);
        var bytes = items.Sum(i => i.Key.Length + i.Value.Length);
        var (taken, heads) = await catalog.FileOf(topic).WriteAsync(session => AppendNumbered(session, info, sender, items), cancel, bytes).ConfigureAwait(false);
        foreach (var (partition, head) in heads)
            Tell(topic, partition, head);
        return taken;
    }

    public async Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckBatches(info, batches);
        if (mark < 1 || batches.Count == 0)
            throw new ArgumentException($"Sender '{sender}' appends {batches.Count} batches under the mark {mark}; marks start at 1, and at least one batch is needed.", nameof(batches));
        var bytes = batches.Sum(b => b.Blob.Length);
        var appended = await catalog.FileOf(topic).WriteAsync(session => AppendOnce(session, info, sender, mark, batches), cancel, bytes).ConfigureAwait(false);
        for (var i = 0; i < appended?.Firsts.Count; i++)
            Tell(topic, batches[i].Partition, appended.Firsts[i] + batches[i].Count);
        return appended;
    }

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        AppendCalls.CheckPartition(info, partition);
        return catalog.FileOf(topic).Read(session => TopicRows.Read(session, info, partition, from, recordsMax, bytesMax));
    }

    public PartitionState StateOf(string topic, int partition)
    {
        var info = catalog.Get(topic);
        AppendCalls.CheckPartition(info, partition);
        return catalog.FileOf(topic).Read(session => StateIn(session, info.Id, partition));
    }

    public async Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        var deleted = 0L;
        for (var partition = 0; partition < info.Partitions; partition++)
        {
            var p = partition;
            var bound = state.Read(session => CommittedByAll(session, info, p, groups));
            bool more;
            do
            {
                (var records, more) = await catalog.FileOf(topic)
                    .WriteAsync(session => TopicRows.Retain(session, info, p, bound, appendedBeforeMs, RetainedBatchesPerTransaction), cancel).ConfigureAwait(false);
                deleted += records;
            }
            while (more);
        }
        return deleted;
    }

    /// <summary>Forgets the numbers taken from senders whose names begin so and that were silent since the time: idempotency keys, which are never heard of again. An entity's name must not match.</summary>
    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel)
    {
        var info = catalog.Get(topic, TopicKind.Batches);
        return catalog.FileOf(topic).WriteAsync(session => TopicRows.ForgetSenders(session, info, namePrefix, silentSinceMs), cancel);
    }

    public void Tell(string topic, int partition, long head) => Appended?.Invoke(topic, partition, head);

    internal static PartitionState StateIn(SqliteSession session, long topicId, int partition)
    {
        using var row = session.Sql("SELECT first_offset, next_offset, append_time FROM topic_partition WHERE topic_id = ? AND partition = ?").Bind(topicId).Bind(partition);
        return row.Step()
            ? new PartitionState(row.Int64(0), row.Int64(1), row.Int64(2))
            : throw new InvalidDataException($"The counter row of topic {topicId}, partition {partition}, is missing.");
    }

    /// <summary>A group that has no row, or one of another incarnation, has committed nothing. No groups at all: age alone decides.</summary>
    private static long CommittedByAll(SqliteSession session, TopicInfo topic, int partition, IReadOnlyList<string> groups)
    {
        var least = long.MaxValue;
        foreach (var group in groups)
        {
            using var row = session.Sql("SELECT position FROM commit_row WHERE reader_group = ? AND topic = ? AND partition = ? AND incarnation = ?")
                .Bind(group).Bind(topic.Name).Bind(partition).Bind(topic.Incarnation);
            least = Math.Min(least, row.Step() ? row.Int64(0) : 0);
        }
        return least;
    }

    /// <summary>protocol.md rule 28.</summary>
    private (long Taken, IReadOnlyList<(int, long)> Heads) AppendNumbered(SqliteSession session, TopicInfo topic, string sender, IReadOnlyList<NumberedRecord> items)
    {
        var taken = TopicRows.TakenOf(session, topic, sender);
        var batches = AppendCalls.NewAfter(topic, sender, taken, items);
        if (batches.Count == 0)
            return (taken, []);
        var now = Now();
        var appended = TopicRows.Append(session, topic, batches, now);
        TopicRows.SetTaken(session, topic, sender, items[^1].Number, now);
        return (items[^1].Number, batches.Select((b, i) => (b.Partition, appended.Firsts[i] + b.Count)).ToList());
    }

    private AppendedBatches? AppendOnce(SqliteSession session, TopicInfo topic, string sender, long mark, IReadOnlyList<NewBatch> batches)
    {
        if (AppendCalls.IsRepeat(topic, sender, TopicRows.TakenOf(session, topic, sender), mark))
            return null;
        var now = Now();
        var appended = TopicRows.Append(session, topic, batches, now);
        TopicRows.SetTaken(session, topic, sender, mark, now);
        return appended;
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
