using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>How far an entity has applied each partition, and how much of that its journal has.</summary>
internal sealed class AppliedOffsets
{
    private readonly Dictionary<PartitionId, long> _applied = [];
    private readonly Dictionary<PartitionId, long> _journaled = [];
    private readonly HashSet<PartitionId> _moved = [];

    public IReadOnlyDictionary<PartitionId, long> All => _applied;

    /// <summary>Something was applied that no event says yet.</summary>
    public bool HasMoved => _moved.Count > 0;

    /// <summary>The highest offset applied; <see cref="PartitionId.None"/>: none.</summary>
    public long Of(PartitionId partition) => _applied.GetValueOrDefault(partition, PartitionId.None);

    /// <summary>The highest offset whose event is durable; <see cref="PartitionId.None"/>: none.</summary>
    public long JournaledOf(PartitionId partition) => _journaled.GetValueOrDefault(partition, PartitionId.None);

    /// <summary>Goes on with what a snapshot or an event holds.</summary>
    public void Restore(IReadOnlyList<AppliedOffset> offsets)
    {
        foreach (var (partition, offset) in offsets)
            _applied[partition] = _journaled[partition] = offset;
    }

    public void Move(PartitionId partition, long offset)
    {
        _moved.Add(partition);
        _applied[partition] = offset;
    }

    /// <summary>What moved since the last call, for the event that is about to be written.</summary>
    public AppliedOffset[] TakeMoved()
    {
        var moved = new AppliedOffset[_moved.Count];
        var i = 0;
        foreach (var partition in _moved)
            moved[i++] = new AppliedOffset(partition, _applied[partition]);
        _moved.Clear();
        return moved;
    }

    /// <summary>That event is durable.</summary>
    public void Journaled(IReadOnlyList<AppliedOffset> moved)
    {
        foreach (var (partition, offset) in moved)
            _journaled[partition] = offset;
    }

    public AppliedOffset[] Capture() => [.. _applied.Select(static a => new AppliedOffset(a.Key, a.Value))];
}
