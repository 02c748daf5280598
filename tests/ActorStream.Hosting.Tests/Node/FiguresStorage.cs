using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>A storage that holds nothing and says how much it holds.</summary>
internal sealed class FiguresStorage : INodeStorage, ITopicStore, ICommitStore
{
    private const int Partitions = 4;

    private readonly PartitionState[] _states = new PartitionState[Partitions];
    private readonly Dictionary<PartitionId, CommitRow> _rows = [];
    private long? _free;

    public event Action<string, int, long>? Appended
    {
        add { }
        remove { }
    }

    public long? FreeBytes
    {
        get
        {
            Looks++;
            return _free;
        }
        set => _free = value;
    }

    public long? StateBytes => null;

    /// <summary>How often the free bytes were asked for.</summary>
    public int Looks { get; private set; }

    public ITopicStore Topics => this;

    public ICommitStore Commits => this;

    // Handed on when the parts of a node are made, and not used by what is tested.
    public ICompactedTopic Compacted => null!;

    public IDeadLetterStore DeadLetters => null!;

    public IAlarmHistory History => null!;

    public IResultTable Results => null!;

    public IDeliveryLog Deliveries => null!;

    public IDueTable Due => null!;

    public ICheckpointTable Checkpoints => null!;

    public JournalDatabase Journal => throw new NotSupportedException();

    public void Store(int partition, long first, long head) => _states[partition] = new PartitionState(first, head, 0);

    public void Commit(int partition, long position, int incarnation = 1, string topic = TopicNames.Metrics, string group = TopicNames.AlarmsGroup) =>
        _rows[new PartitionId(group, topic, incarnation, partition)] = new CommitRow(1, 1, position, 0, false, default, default, 0);

    public Task EnsureAsync(string topic, int partitions, bool withState, CancellationToken cancel = default) => throw new NotSupportedException();

    public int PartitionsOf(string topic) => Partitions;

    public int IncarnationOf(string topic) => 1;

    public PartitionState StateOf(string topic, int partition) => _states[partition];

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => [.. _rows.Where(r => r.Key.Group == group).Select(r => (r.Key, r.Value))];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task<bool> IsWritableAsync(CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<long> RetainAsync(CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<AppendedBatches> AppendAsync(string topic, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<long> AppendAsync(string topic, string sender, IReadOnlyList<NumberedRecord> items, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<AppendedBatches?> AppendAsync(string topic, string sender, long mark, IReadOnlyList<NewBatch> batches, CancellationToken cancel = default) => throw new NotSupportedException();

    public IReadOnlyList<StoredBatch> Read(string topic, int partition, long from, int recordsMax, int bytesMax) => throw new NotSupportedException();

    public long ChangeStampOf(string topic) => throw new NotSupportedException();

    public Task<long> RetainAsync(string topic, IReadOnlyList<string> groups, long appendedBeforeMs, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default) => throw new NotSupportedException();
}
