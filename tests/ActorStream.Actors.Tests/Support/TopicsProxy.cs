using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Tests.Support;

/// <summary>The real topics with a hook in front of appends of numbered outputs.</summary>
internal sealed class TopicsProxy(ITopicStore inner) : ITopicStore
{
    /// <summary>May look, wait or throw.</summary>
    public Func<string, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    public event Action<string, int, long>? Appended
    {
        add => inner.Appended += value;
        remove => inner.Appended -= value;
    }

    public async Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default)
    {
        await BeforeAppend(sender);
        return await inner.AppendAsync(topic, sender, items, cancel);
    }

    public Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => inner.AppendAsync(topic, batches, cancel);

    public Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => inner.AppendAsync(topic, sender, mark, batches, cancel);

    public Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default) => inner.EnsureAsync(topic, partitions, withState, cancel);

    public int PartitionsOf(string topic) => inner.PartitionsOf(topic);

    public int IncarnationOf(string topic) => inner.IncarnationOf(topic);

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax) => inner.Read(topic, partition, from, recordsMax, bytesMax);

    public PartitionState StateOf(string topic, int partition) => inner.StateOf(topic, partition);

    public long ChangeStampOf(string topic) => inner.ChangeStampOf(topic);

    public Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default) => inner.RetainAsync(topic, groups, appendedBeforeMs, cancel);
}
