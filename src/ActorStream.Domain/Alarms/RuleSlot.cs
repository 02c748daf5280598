using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Running state of one rule over all its versions.</summary>
/// <remarks>Every change of a series goes through <see cref="Before"/> and <see cref="After"/>, which keep the totals; series without state are dropped or, some of them, kept for operators to look at.</remarks>
internal sealed class RuleSlot(Guid ruleId, AlarmTotals totals)
{
    private readonly Dictionary<SeriesKey, SeriesSlot> _series = [];
    private readonly HashSet<SeriesKey> _dirty = [];
    private SeriesSlot? _found;
    private bool _isFootprintDirty = true;
    private bool _isNew = true;

    public Guid RuleId => ruleId;

    /// <summary>Version that the state belongs to.</summary>
    public long RulePosition = PartitionId.None;

    public RuleFootprint? Footprint;
    public long Raised;
    public long LastRaisedMs;
    public long Suppressed;

    /// <summary>Samples not judged because their series was one too many; since this incarnation began.</summary>
    public long Refused;

    /// <summary>Series that have state.</summary>
    public int Live { get; private set; }

    /// <summary>Open series of this rule.</summary>
    public int Open { get; private set; }

    public bool IsDirty { get; private set; }

    public IEnumerable<SeriesSlot> Series => _series.Values;

    /// <summary>A rule without state is not stored.</summary>
    public bool IsStored => Raised > 0 || Suppressed > 0 || Live > 0;

    public SeriesSlot? Find(SeriesKey series)
    {
        // Most samples in a row are of one interned series.
        if (_found is { } found && ReferenceEquals(found.Series, series))
            return found;
        if (!_series.TryGetValue(series, out var slot))
            return null;
        return _found = slot;
    }

    /// <summary>Null: the rule follows as many series as it may.</summary>
    public SeriesSlot? FindOrAdd(SeriesKey series)
    {
        var slot = Find(series);
        if ((slot is null || slot.IsNeutral) && Live >= AlarmTotals.SeriesMax)
            return null;
        if (slot is null)
            _series.Add(series, slot = new SeriesSlot(series));
        return slot;
    }

    /// <summary>Takes the series out of the totals, to be changed.</summary>
    public void Before(SeriesSlot slot) => Count(slot, -1);

    /// <summary>Takes it in again and notes that it changed.</summary>
    public void After(SeriesSlot slot)
    {
        Count(slot, +1);
        if (!slot.IsDirty)
        {
            slot.IsDirty = true;
            _dirty.Add(slot.Series);
        }
        Touch();
        if (slot.IsNeutral && _series.Count > AlarmTotals.SeriesMax)
            Forget(slot);
    }

    public void Touch()
    {
        if (IsDirty)
            return;
        IsDirty = true;
        totals.Changed.Add(ruleId);
    }

    /// <summary>Another version: what its change touches begins anew (<see cref="RuleChangeEffect"/>).</summary>
    public void Follow(VersionedRule version)
    {
        var after = RuleFootprint.Of(version.Rule);
        if (RulePosition != PartitionId.None && RulePosition != version.Position)
        {
            Reset(version.Rule, Footprint ?? after, after);
            if (IsStored)
                Touch();
        }
        if (Footprint != after)
            (Footprint, _isFootprintDirty) = (after, true);
        RulePosition = version.Position;
    }

    /// <summary>The rule is gone: its series leave the totals.</summary>
    public void Clear()
    {
        foreach (var slot in _series.Values)
            Count(slot, -1);
        _series.Clear();
        _dirty.Clear();
        _found = null;
    }

    public RuleState Capture()
    {
        var state = State(_isFootprintDirty ? Footprint : null, Sorted(_dirty.Select(CaptureSeries))) with { IsWhole = _isNew };
        _dirty.Clear();
        IsDirty = false;
        _isNew = _isFootprintDirty = !IsStored;
        return state;
    }

    public RuleState CaptureAll() => State(Footprint, Sorted(_series.Values.Where(s => !s.IsNeutral).Select(s => s.CaptureAll()))) with { IsWhole = true };

    public void Fold(RuleState state)
    {
        (RulePosition, Raised, LastRaisedMs, Suppressed) = (state.RulePosition, state.Raised, state.LastRaisedMs, state.Suppressed);
        if (state.Footprint is { } footprint)
            Footprint = footprint;
        _isNew = _isFootprintDirty = false;
        if (state.IsWhole)
            Clear();
        foreach (var change in state.Series)
        {
            if (!_series.TryGetValue(change.Series, out var slot))
                _series.Add(change.Series, slot = new SeriesSlot(change.Series));
            Count(slot, -1);
            slot.Fold(change);
            Count(slot, +1);
            if (slot.IsNeutral)
                Forget(slot);
        }
    }

    private SeriesState CaptureSeries(SeriesKey series)
    {
        if (!_series.TryGetValue(series, out var slot))
            return new SeriesState(series);
        slot.IsDirty = false;
        return slot.Capture();
    }

    private void Reset(Rule rule, RuleFootprint before, RuleFootprint after)
    {
        if (before.CooldownScope != after.CooldownScope)
            Suppressed = 0;
        var all = RuleChangeEffect.OfSeries(before, after) is not null;
        var window = RuleChangeEffect.OfWindow(before, after) is not null;
        var run = RuleChangeEffect.OfRun(before, after) is not null || !rule.KeepsRun();
        var cooldown = before.CooldownScope != after.CooldownScope;
        foreach (var slot in _series.Values.ToArray())
        {
            Before(slot);
            slot.IsFired = false;
            if (run || all)
                slot.EndRun();
            if (all || rule.OnResolve == ResolveAction.Nothing)
                slot.Episode = null;
            if (window || all)
                slot.Window = null;
            if (cooldown || all)
                (slot.LastNotifiedMs, slot.Suppressed) = (null, 0);
            After(slot);
        }
    }

    private void Count(SeriesSlot slot, int by)
    {
        if (slot.IsNeutral)
            return;
        Live += by;
        totals.WindowSamples += by * (slot.Window?.Count ?? 0);
        if (!slot.IsOpen)
            return;
        Open += by;
        totals.Open += by;
    }

    private void Forget(SeriesSlot slot)
    {
        _series.Remove(slot.Series);
        if (ReferenceEquals(_found, slot))
            _found = null;
    }

    private RuleState State(RuleFootprint? footprint, IReadOnlyList<SeriesState> series) => new(ruleId, RulePosition, Raised, LastRaisedMs)
    {
        Suppressed = Suppressed,
        Footprint = footprint,
        Series = series,
    };

    // So that equal states are equal texts, whatever order their series came in.
    private static SeriesState[] Sorted(IEnumerable<SeriesState> states)
    {
        var sorted = states.ToArray();
        if (sorted.Length > 1)
            Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Series.ToString(), b.Series.ToString()));
        return sorted;
    }
}

/// <summary>What all rules of one metric share.</summary>
internal sealed class AlarmTotals
{
    /// <summary>Series that one rule follows; of those beyond it, samples are refused, which is seen, rather than forgotten ones, which is not.</summary>
    public const int SeriesMax = 10_000;

    /// <summary>Samples in all windows of a metric: 16 bytes each.</summary>
    public const int WindowSamplesMax = 4_000_000;

    /// <summary>Rules whose state changed since the last capture.</summary>
    public HashSet<Guid> Changed { get; } = [];

    /// <summary>While 0, a value for which no operator holds changes nothing where no rule has a window.</summary>
    public int Open { get; set; }

    public int WindowSamples { get; set; }
}
