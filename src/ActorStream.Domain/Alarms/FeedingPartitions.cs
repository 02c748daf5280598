using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>Partitions that fed a metric (protocol.md B11); a partition that was made anew is still the same one.</summary>
internal sealed class FeedingPartitions
{
    private readonly List<PartitionId> _all = [];
    private PartitionId? _latest;
    private int _captured;

    public int Count => _all.Count;

    public IReadOnlyList<PartitionId> All => _all;

    public bool IsDirty => _captured < _all.Count;

    public void Add(PartitionId partition)
    {
        if (ReferenceEquals(partition, _latest))
            return;
        _latest = partition;
        foreach (var known in _all)
        {
            if (known.Topic == partition.Topic && known.Partition == partition.Partition)
                return;
        }
        _all.Add(partition);
    }

    /// <summary>Those that joined since the last capture.</summary>
    public IReadOnlyList<PartitionId> Capture()
    {
        var joined = _all.Skip(_captured).ToArray();
        _captured = _all.Count;
        return joined;
    }

    public IReadOnlyList<PartitionId> CaptureAll() => _all.ToArray();

    public void Fold(IReadOnlyList<PartitionId> joined)
    {
        foreach (var partition in joined)
            Add(partition);
        _captured = _all.Count;
    }
}
