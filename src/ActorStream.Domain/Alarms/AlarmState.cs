using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Judges the samples of one metric by its rules; the order of evaluation stands at <see cref="RuleJudge"/>.</summary>
/// <remarks>
/// protocol.md rule 26 and B8: a decision reads the sample, its append time, journaled state and the rules view, never a clock.
/// At most one alarm per (rule, sample); order: by sample, then by position of the rule.
/// A sample that some rule cannot take (its series is one too many) is judged by all others, then refused by an exception: it becomes a dead letter that says so.
/// </remarks>
public sealed class AlarmState : IEntityLogic
{
    private readonly string _metric;
    private readonly IRulesView _view;
    private readonly AlarmTotals _totals = new();
    private readonly Dictionary<Guid, RuleSlot> _slots = [];
    private readonly LastSamples _last = new();
    private readonly FeedingPartitions _feeding = new();
    private readonly RuleJudge _judge;
    private readonly SilenceWatch _silence;
    private CompiledRules? _compiled;
    private int _openAtRest;
    private long _capturedPosition = PartitionId.None;

    public AlarmState(string metric, IRulesView view)
    {
        (_metric, _view) = (metric, view);
        _judge = new RuleJudge(metric, _totals, _feeding);
        _silence = new SilenceWatch(metric, _feeding);
    }

    /// <summary>The highest position of this metric's rules that was used; a recovered entity waits until its node's view has reached it (protocol.md B7).</summary>
    public long RulesPosition { get; private set; } = PartitionId.None;

    public bool IsDirty => _totals.Changed.Count > 0 || _feeding.IsDirty || _silence.IsDirty || RulesPosition != _capturedPosition;

    /// <summary>What it wants of the due table.</summary>
    public DueChanges Due => _silence.Due;

    public bool WatchesSilence => _silence.Count > 0;

    /// <summary>Some series may fall silent: the entity must not be forgotten (protocol.md rule 23).</summary>
    public bool AwaitsSilence => _silence.HasPending;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var samples = (SampleBatch)batch;
        var values = samples.Values;
        var rules = CurrentRules();
        _feeding.Add(partition);
        var first = index;
        try
        {
            while (true)
            {
                // With nothing to end, no window to fill and no silence to see, a value that no operator holds for means nothing.
                if (!rules.HasWindows && !_silence.IsWatching && _totals.Open == _openAtRest)
                    index += rules.CountQuiet(values[index..]);
                if (index == values.Length || outputs.Full)
                    break;
                Judge(rules, partition, samples, index, outputs);
                index++;
            }
        }
        finally
        {
            _last.Take(samples, first, index);
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
        if (tick.Due.Count == 0)
            return;
        CurrentRules();
        _silence.Tick(partition, tick, outputs);
    }

    public IStateChange? Capture()
    {
        var silence = _silence.Capture();
        if (silence.Count == 0 && !IsDirty)
            return null;
        var change = new AlarmStateChange(RulesPosition, [.. _totals.Changed.Order().Select(CaptureRule)]) { Feeding = _feeding.Capture(), Silence = silence };
        _totals.Changed.Clear();
        _capturedPosition = RulesPosition;
        return change;
    }

    public IStateSnapshot CaptureAll() =>
        new AlarmStateChange(RulesPosition, [.. _slots.Values.Where(s => s.IsStored).OrderBy(s => s.RuleId).Select(s => s.CaptureAll())]) { Feeding = _feeding.CaptureAll(), Silence = _silence.CaptureAll() };

    public void Fold(IStateChange change)
    {
        if (change is not AlarmStateChange alarms)
            throw new InvalidDataException($"The journal of metric {_metric} holds a {change.GetType().Name}, which is no state of alarms.");
        Take(alarms);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not AlarmStateChange alarms)
            throw new InvalidDataException($"The snapshot of metric {_metric} holds a {snapshot.GetType().Name}, which is no state of alarms.");
        foreach (var slot in _slots.Values)
            slot.Clear();
        _slots.Clear();
        _silence.Clear();
        Take(alarms);
    }

    public void Journaled() => _silence.Due.Journaled();

    /// <summary>For operators; what is not journaled (last samples) is unknown after a recovery.</summary>
    public AlarmDescription Describe()
    {
        var newest = _last.Newest;
        return new AlarmDescription(_metric, RulesPosition, newest?.Value, newest?.TimeMs, [.. RulesOfView().Rules.Select(r => RuleDescription.Of(r, _slots.GetValueOrDefault(r.Rule.Id)) with { StaleSeries = _silence.StaleFor(r.Rule.Id).Count() })])
        {
            FeedingPartitions = _feeding.Count,
            WindowSamples = _totals.WindowSamples,
        };
    }

    /// <summary>Why the rule is or is not firing now; null when the metric has no such rule.</summary>
    /// <param name="series">Null: every series that is known, at most <see cref="RuleExplanation.SeriesMax"/>.</param>
    public RuleExplanation? Explain(Guid ruleId, SeriesKey? series)
    {
        var version = RulesOfView().Rules.FirstOrDefault(r => r.Rule.Id == ruleId);
        return version is null ? null : new RuleExplainer(version, _slots.GetValueOrDefault(ruleId), _last, _silence).Explain(series, _feeding.Count);
    }

    private MetricRules RulesOfView() => _view.Current.For(_metric) ?? MetricRules.None;

    private CompiledRules CurrentRules()
    {
        var source = RulesOfView();
        return ReferenceEquals(source, _compiled?.Source) ? _compiled : Adopt(source);
    }

    /// <summary>Other rules than before: state follows a rule to its new version and goes with a rule that is gone.</summary>
    private CompiledRules Adopt(MetricRules source)
    {
        var isChanged = source.Position > RulesPosition;
        RulesPosition = Math.Max(RulesPosition, source.Position);
        var alive = source.Rules.Select(r => r.Rule.Id).ToHashSet();
        foreach (var id in _slots.Keys.Where(id => !alive.Contains(id)).ToArray())
        {
            _slots.Remove(id, out var gone);
            if (gone!.IsStored || gone.IsDirty)
                _totals.Changed.Add(id);
            gone.Clear();
        }
        foreach (var version in source.Rules)
        {
            if (!_slots.TryGetValue(version.Rule.Id, out var slot))
                _slots.Add(version.Rule.Id, slot = new RuleSlot(version.Rule.Id, _totals));
            slot.Follow(version);
        }
        // A disabled rule ends nothing: its open series wait.
        _openAtRest = source.Rules.Where(r => !r.Rule.Enabled).Sum(r => _slots[r.Rule.Id].Open);
        _compiled = new CompiledRules(source, id => _slots[id]);
        _silence.Adopt(_compiled, isChanged);
        return _compiled;
    }

    private void Judge(CompiledRules rules, PartitionId partition, SampleBatch samples, int index, IOutputs outputs)
    {
        var at = samples.Start + index;
        var value = samples.Values[index];
        var sample = new JudgedSample(partition, samples.OffsetAt(index), samples.Columns.Times[at], samples.Columns.AppendTimes[at], value, samples.SeriesAt(index));
        List<string>? refusals = null;
        if (_silence.IsWatching && _silence.Take(sample, outputs) is { } unwatched)
            refusals = [unwatched];
        foreach (var i in rules.Visit(value))
        {
            if (_judge.Judge(rules.Rules[i], sample, outputs) is { } refusal)
                (refusals ??= []).Add(refusal);
        }
        if (refusals is not null)
            throw new SampleRefusedException(refusals);
    }

    private RuleState CaptureRule(Guid id)
    {
        // A rule that lost its last state may have been stored: the journal is told either way.
        if (!_slots.TryGetValue(id, out var slot))
            return new RuleState(id, PartitionId.None, 0, 0);
        var state = slot.Capture();
        return slot.IsStored ? state : new RuleState(id, PartitionId.None, 0, 0);
    }

    private void Take(AlarmStateChange alarms)
    {
        _compiled = null;
        RulesPosition = _capturedPosition = alarms.RulesPosition;
        _feeding.Fold(alarms.Feeding);
        _silence.Fold(alarms.Silence);
        foreach (var state in alarms.Rules)
        {
            if (state.RulePosition == PartitionId.None)
            {
                if (_slots.Remove(state.RuleId, out var gone))
                    gone.Clear();
                continue;
            }
            if (!_slots.TryGetValue(state.RuleId, out var slot))
                _slots.Add(state.RuleId, slot = new RuleSlot(state.RuleId, _totals));
            slot.Fold(state);
        }
    }
}

/// <summary>Some rules could not judge the sample; all others did.</summary>
public sealed class SampleRefusedException(IReadOnlyList<string> refusals) : Exception(string.Join(' ', refusals.Take(3)) + (refusals.Count > 3 ? $" And {refusals.Count - 3} more rules." : ""));
