using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Streams.Tests.Support;

/// <summary>One commit row in memory, fenced by epoch and serial; keeps what was asked of it.</summary>
internal sealed class FakeCommits : ICommitStore
{
    private readonly Lock _lock = new();
    private int _claimsFailed;
    private CommitRow _row = new(0, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0);

    /// <summary>Each claim fails while it is set.</summary>
    public Exception? Broken { get; set; }

    /// <summary>Run by each claim before it answers.</summary>
    public Action? OnClaim { get; set; }

    /// <summary>Run by each commit before it is made.</summary>
    public Action<CommitRow>? OnCommit { get; set; }

    /// <summary>Claims that failed so.</summary>
    public int ClaimsFailed => Volatile.Read(ref _claimsFailed);

    public List<CommitRow> Committed { get; } = [];

    /// <summary>Rows of other partitions of the group.</summary>
    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> Others { get; set; } = [];

    public CommitRow Row
    {
        get
        {
            lock (_lock)
            {
                return _row;
            }
        }
    }

    public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default)
    {
        if (Broken is { } broken)
        {
            Interlocked.Increment(ref _claimsFailed);
            return Task.FromException<CommitRow>(broken);
        }
        OnClaim?.Invoke();
        lock (_lock)
        {
            return Task.FromResult(_row = _row with { Epoch = _row.Epoch + 1, Serial = 0 });
        }
    }

    public Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default)
    {
        OnCommit?.Invoke(row);
        lock (_lock)
        {
            if (row.Epoch != _row.Epoch || row.Serial <= _row.Serial)
                return Task.FromResult(CommitOutcome.Fenced);
            _row = row;
            Committed.Add(row);
            return Task.FromResult(CommitOutcome.Committed);
        }
    }

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => Others;
}
