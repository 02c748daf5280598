using System.Text;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Support;

/// <summary>One partition in memory, under the contract of <see cref="ITopicStore.Read"/>; counts reads, hides its stamp and breaks when told.</summary>
internal sealed class FakeTopics : ITopicStore
{
    private readonly Lock _lock = new();
    private readonly List<StoredBatch> _batches = [];
    private long _stamp;
    private int _reads;

    public event Action<string, int, long>? Appended
    {
        add { }
        remove { }
    }

    /// <summary>Thrown by every read while it is set.</summary>
    public Exception? Broken { get; set; }

    public long LastAppendTimeMs { get; set; }

    public int Partitions { get; init; } = 1;

    public int Reads => Volatile.Read(ref _reads);

    /// <param name="seen">False: the stamp stays, so that no poll can find it.</param>
    public void Append(int count, bool seen = true)
    {
        var writer = new RecordBatchWriter();
        for (var i = 0; i < count; i++)
            writer.Add("cpu"u8, Encoding.UTF8.GetBytes($$"""{"value":{{i}}}"""));
        lock (_lock)
        {
            _batches.Add(new StoredBatch(_batches.Count == 0 ? 0 : _batches[^1].Next, count, 1_000 + _batches.Count, writer.Written.ToArray()));
            if (seen)
                _stamp++;
        }
    }

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax)
    {
        Interlocked.Increment(ref _reads);
        if (Broken is { } broken)
            throw broken;
        lock (_lock)
        {
            var read = new List<StoredBatch>();
            foreach (var batch in _batches.Where(b => b.Next > from))
            {
                read.Add(batch);
                if (read.Sum(b => b.Count) >= recordsMax || read.Sum(b => b.Blob.Length) >= bytesMax)
                    break;
            }
            return read;
        }
    }

    public long ChangeStampOf(string topic)
    {
        lock (_lock)
        {
            return _stamp;
        }
    }

    public Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default) => throw new NotSupportedException();

    public int PartitionsOf(string topic) => Partitions;

    public int IncarnationOf(string topic) => 1;

    public PartitionState StateOf(string topic, int partition)
    {
        lock (_lock)
        {
            return new PartitionState(0, _batches.Count == 0 ? 0 : _batches[^1].Next, LastAppendTimeMs);
        }
    }

    public Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default) => throw new NotSupportedException();
}
