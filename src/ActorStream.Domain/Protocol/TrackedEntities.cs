namespace ActorStream.Domain.Protocol;

/// <summary>The entities of a reader that are not clean (rule 5), and those that are ticked for as long as it lives.</summary>
internal sealed class TrackedEntities(IReadOnlyList<string> fixedGroups)
{
    private readonly Dictionary<string, TrackedEntity> _tracked = [];
    private readonly List<TrackedEntity> _due = [];

    public int Count => _tracked.Count;

    public IReadOnlyCollection<TrackedEntity> All => _tracked.Values;

    /// <summary>Ids of the groups that are always ticked; each once.</summary>
    public HashSet<string> Fixed { get; } = [.. fixedGroups];

    public TrackedEntity? Find(string id) => _tracked.GetValueOrDefault(id);

    /// <param name="dueMs">When one that is new is asked for a checkpoint.</param>
    public TrackedEntity FindOrTrack(string id, long firstOffset, long dueMs)
    {
        if (!_tracked.TryGetValue(id, out var entity))
            _tracked.Add(id, entity = new TrackedEntity(id, firstOffset) { DueMs = dueMs });
        return entity;
    }

    public void Forget(string id) => _tracked.Remove(id);

    /// <summary>The lowest offset that is not safe; <see cref="long.MaxValue"/>: all are.</summary>
    public long LowestNotSafe()
    {
        var low = long.MaxValue;
        foreach (var entity in _tracked.Values)
        {
            if (entity.Safe < entity.Last)
                low = Math.Min(low, entity.First);
        }
        return low;
    }

    /// <summary>Entities to be asked for a checkpoint now, oldest first, so that at most <paramref name="unansweredMax"/> owe an answer. Whoever owes one is asked again, after longer and longer pauses. Valid until the next call.</summary>
    public List<TrackedEntity> TakeDue(long nowMs, int unansweredMax)
    {
        var unanswered = 0;
        _due.Clear();
        foreach (var entity in _tracked.Values)
        {
            if (Fixed.Contains(entity.Id))
                continue;
            if (entity.Unanswered)
                unanswered++;
            if (entity.NeedsTick && entity.DueMs <= nowMs)
                _due.Add(entity);
        }
        _due.Sort(static (a, b) => a.First.CompareTo(b.First));
        var asked = 0;
        for (var i = 0; i < _due.Count; i++)
        {
            if (_due[i].Unanswered)
                _due[i].PauseMs = Math.Min(2 * _due[i].PauseMs, ReaderMachine.TickBackoffMaxMs);
            else if (unanswered >= unansweredMax)
                continue;
            else
                unanswered++;
            _due[asked++] = _due[i];
        }
        _due.RemoveRange(asked, _due.Count - asked);
        return _due;
    }
}
