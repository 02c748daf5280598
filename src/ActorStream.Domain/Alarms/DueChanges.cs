using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>A row of the due table to be written or removed.</summary>
/// <param name="Series">Canonical text of the tags.</param>
/// <param name="LastOffset">The series' last sample in this partition, or <see cref="PartitionId.None"/>.</param>
/// <param name="DueMs">Log time, epoch milliseconds; means nothing where a row is removed.</param>
public readonly record struct DueChange(PartitionId Partition, string Series, long LastOffset, long DueMs);

/// <summary>What a metric's alarms want of the due table, in the order of protocol.md rule 27: rows are written before the event that needs them, removed after one that was written since they were seen to be needless.</summary>
/// <remarks>Not journaled: what is lost with an incarnation is asked for again by the next tick or the next sample.</remarks>
public sealed class DueChanges
{
    private readonly Dictionary<(PartitionId, string), DueChange> _arms = [];
    private List<DueChange> _seen = [];
    private List<DueChange> _writing = [];
    private List<DueChange> _gone = [];

    /// <summary>Rows that must be durable before the event just captured.</summary>
    public IReadOnlyList<DueChange> TakeArms()
    {
        if (_arms.Count == 0)
            return [];
        DueChange[] arms = [.. _arms.Values];
        _arms.Clear();
        return arms;
    }

    /// <summary>Rows that nobody needs any more; each only while it still holds that sample.</summary>
    public IReadOnlyList<DueChange> TakeDisarms()
    {
        if (_gone.Count == 0)
            return [];
        var gone = _gone;
        _gone = [];
        return gone;
    }

    internal void Arm(DueChange row) => _arms[(row.Partition, row.Series)] = row;

    internal void Disarm(DueChange row) => _seen.Add(row);

    internal void Captured()
    {
        if (_seen.Count == 0)
            return;
        _writing.AddRange(_seen);
        _seen = [];
    }

    /// <summary>The event was written: this incarnation is no stale one (protocol.md A1), and what it saw is true.</summary>
    internal void Journaled()
    {
        if (_writing.Count == 0)
            return;
        _gone.AddRange(_writing);
        _writing = [];
    }
}
