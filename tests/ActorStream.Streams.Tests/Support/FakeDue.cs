using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Streams.Tests.Support;

/// <summary>A due table that holds what it was given; remembers up to which time it was asked.</summary>
internal sealed class FakeDue : IDueTable
{
    private readonly Lock _lock = new();
    private readonly List<DueRow> _rows = [];
    private readonly List<long> _askedMs = [];

    /// <summary>Times it was asked for, oldest first.</summary>
    public IReadOnlyList<long> AskedMs
    {
        get
        {
            lock (_lock)
            {
                return [.. _askedMs];
            }
        }
    }

    public Task ArmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            _rows.AddRange(rows);
        }
        return Task.CompletedTask;
    }

    public Task DisarmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) => throw new NotSupportedException("Readers only look.");

    public IReadOnlyList<DueRow> DueAt(PartitionId partition, long timeMs, int limit)
    {
        lock (_lock)
        {
            _askedMs.Add(timeMs);
            return [.. _rows.Where(r => r.Partition == partition && r.DueMs <= timeMs).OrderBy(r => r.DueMs).Take(limit)];
        }
    }
}
