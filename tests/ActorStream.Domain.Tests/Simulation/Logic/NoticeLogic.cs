using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

internal enum AttemptResult
{
    Delivered,
    NotTaken,
    Unknown,
}

/// <param name="Ambiguous">Attempts of this alarm that followed one without known outcome.</param>
internal sealed record Notice(string Alarm, int Attempts, int Ambiguous, bool InDoubt, bool Done);

internal sealed record NoticeChange(IReadOnlyList<Notice> Notices) : IStateChange, IStateSnapshot;

/// <summary>The least that a notice group must do: a queue, and an attempt that is part of the journal before it is made.</summary>
internal sealed class NoticeLogic : IEntityLogic
{
    private readonly Dictionary<string, Notice> _notices = [];
    private readonly List<string> _queue = [];
    private readonly HashSet<string> _changed = [];
    private string? _started;
    private string? _captured;
    private string? _journaled;

    public bool IsDirty => _changed.Count > 0;

    public int Waiting => _queue.Count;

    public int AmbiguousOf(string alarm) => _notices.TryGetValue(alarm, out var notice) ? notice.Ambiguous : 0;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        for (; index < batch.Count; index++)
        {
            var id = ((AlarmBatch)batch).Alarms[index].Id.Text;
            if (_notices.ContainsKey(id))
                throw new BrokenPromiseException($"alarm {id} came twice");
            Put(new Notice(id, 0, 0, false, false));
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
    }

    /// <summary>The alarm to be posted once this attempt is journaled; null when there is none.</summary>
    public string? StartAttempt()
    {
        if (_queue.Count == 0)
            return null;
        var notice = _notices[_queue[0]];
        Put(notice with { Attempts = notice.Attempts + 1, Ambiguous = notice.Ambiguous + (notice.InDoubt ? 1 : 0), InDoubt = true });
        return _started = notice.Alarm;
    }

    public string? TakeJournaledAttempt()
    {
        var attempt = _journaled;
        _journaled = null;
        return attempt;
    }

    public void Finish(string alarm, AttemptResult result)
    {
        if (result != AttemptResult.Unknown)
            Put(_notices[alarm] with { InDoubt = false, Done = result == AttemptResult.Delivered });
    }

    public IStateChange? Capture()
    {
        if (_changed.Count == 0)
            return null;
        var changed = new List<Notice>(_changed.Count);
        foreach (var alarm in _changed)
            changed.Add(_notices[alarm]);
        _changed.Clear();
        (_captured, _started) = (_started, null);
        return new NoticeChange(changed);
    }

    public void Journaled()
    {
        (_journaled, _captured) = (_captured ?? _journaled, null);
    }

    public IStateSnapshot CaptureAll() => new NoticeChange([.. _notices.Values]);

    public void Fold(IStateChange change)
    {
        foreach (var notice in ((NoticeChange)change).Notices)
            Put(notice);
        _changed.Clear();
    }

    public void Restore(IStateSnapshot snapshot) => Fold((NoticeChange)snapshot);

    private void Put(Notice notice)
    {
        var isKnown = _notices.ContainsKey(notice.Alarm);
        _notices[notice.Alarm] = notice;
        _changed.Add(notice.Alarm);
        if (notice.Done)
            _queue.Remove(notice.Alarm);
        else if (!isKnown)
            _queue.Add(notice.Alarm);
    }
}
