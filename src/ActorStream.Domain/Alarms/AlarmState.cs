using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Judges the samples of one metric by its rules.</summary>
/// <remarks>
/// protocol.md rule 26 and B8: a decision reads the sample, its append time and the rules view, never a clock.
/// At most one alarm per (rule, sample); order: by sample, then by position of the rule.
/// </remarks>
public sealed class AlarmState(string metric, IRulesView view) : IEntityLogic
{
    private readonly Dictionary<Guid, RuleSlot> _slots = [];
    private readonly HashSet<Guid> _changed = [];
    private CompiledRules? _compiled;
    private long _capturedPosition = PartitionId.None;
    private double? _lastValue;
    private long _lastTimeMs;

    /// <summary>The highest position of this metric's rules that was used; a recovered entity waits until its node's view has reached it (protocol.md B7).</summary>
    public long RulesPosition { get; private set; } = PartitionId.None;

    public bool IsDirty => _changed.Count > 0 || RulesPosition != _capturedPosition;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var samples = (SampleBatch)batch;
        var values = samples.Values;
        var rules = CurrentRules();
        var first = index;
        while (true)
        {
            index += rules.CountQuiet(values[index..]);
            if (index == values.Length || outputs.Full)
                break;
            Judge(rules, partition, samples, index, outputs);
            index++;
        }
        if (index > first)
        {
            _lastValue = values[index - 1];
            _lastTimeMs = samples.Columns.Times[samples.Start + index - 1];
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
    }

    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        var change = new AlarmStateChange(RulesPosition, [.. _changed.Order().Select(StateOf)]);
        _changed.Clear();
        _capturedPosition = RulesPosition;
        return change;
    }

    public IStateSnapshot CaptureAll() => new AlarmStateChange(RulesPosition, [.. _slots.Where(s => s.Value.Raised > 0).Select(s => s.Key).Order().Select(StateOf)]);

    public void Fold(IStateChange change)
    {
        if (change is not AlarmStateChange alarms)
            throw new InvalidDataException($"The journal of metric {metric} holds a {change.GetType().Name}, which is no state of alarms.");
        Take(alarms);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not AlarmStateChange alarms)
            throw new InvalidDataException($"The snapshot of metric {metric} holds a {snapshot.GetType().Name}, which is no state of alarms.");
        _slots.Clear();
        Take(alarms);
    }

    public void Journaled()
    {
    }

    /// <summary>For operators; what is not journaled (the last sample) is unknown after a recovery.</summary>
    public AlarmDescription Describe() => new(
        metric,
        RulesPosition,
        _lastValue,
        _lastValue is null ? null : _lastTimeMs,
        [.. (view.Current.For(metric) ?? MetricRules.None).Rules.Select(Describe)]);

    private CompiledRules CurrentRules()
    {
        var source = view.Current.For(metric) ?? MetricRules.None;
        return ReferenceEquals(source, _compiled?.Source) ? _compiled : Adopt(source);
    }

    /// <summary>Other rules than before: state follows a rule to its new version and goes with a rule that is gone.</summary>
    private CompiledRules Adopt(MetricRules source)
    {
        RulesPosition = Math.Max(RulesPosition, source.Position);
        var alive = source.Rules.Select(r => r.Rule.Id).ToHashSet();
        foreach (var id in _slots.Keys.Where(id => !alive.Contains(id)).ToArray())
        {
            _slots.Remove(id, out var gone);
            if (gone!.Raised > 0)
                _changed.Add(id);
        }
        foreach (var version in source.Rules)
        {
            if (!_slots.TryGetValue(version.Rule.Id, out var slot))
                _slots.Add(version.Rule.Id, slot = new RuleSlot());
            if (slot.Raised > 0 && slot.RulePosition != version.Position)
                _changed.Add(version.Rule.Id);
            slot.RulePosition = version.Position;
        }
        return _compiled = new CompiledRules(source, id => _slots[id]);
    }

    /// <summary>Order of evaluation: window, operator, trigger, cooldown (compatibility.md 1.3).</summary>
    private void Judge(CompiledRules rules, PartitionId partition, SampleBatch samples, int index, IOutputs outputs)
    {
        var value = samples.Values[index];
        var appendTime = samples.Columns.AppendTimes[samples.Start + index];
        foreach (var rule in rules.Rules)
        {
            if (appendTime >= rule.MadeAtMs && Comparison.Holds(rule.Operator, value, rule.Threshold))
                Raise(rule, partition, samples, index, value, outputs);
        }
    }

    private void Raise(CompiledRule rule, PartitionId partition, SampleBatch samples, int index, double value, IOutputs outputs)
    {
        var offset = samples.OffsetAt(index);
        var time = samples.Columns.Times[samples.Start + index];
        var alarm = new AlarmRecord(
            AlarmId.Of(rule.Rule.Id, partition, offset),
            rule.Rule.Id,
            rule.Version.Position,
            metric,
            samples.SeriesAt(index),
            new AppliedOffset(partition, offset),
            value,
            rule.Operator,
            rule.Rule.ThresholdText,
            time,
            samples.Columns.AppendTimes[samples.Start + index],
            rule.Rule.WebhookUrl);
        outputs.Emit(TopicNames.Alarms, rule.NoticeKey, alarm, offset);
        rule.Slot.Raised++;
        rule.Slot.LastRaisedMs = time;
        _changed.Add(rule.Rule.Id);
    }

    private RuleDescription Describe(VersionedRule version)
    {
        var (rule, slot) = (version.Rule, _slots.GetValueOrDefault(version.Rule.Id));
        long? lastRaisedMs = slot is { Raised: > 0 } ? slot.LastRaisedMs : null;
        return new RuleDescription(rule.Id, version.Position, Comparison.Symbol(rule.Operator), rule.ThresholdText, Webhook.Masked(rule.WebhookUrl), slot?.Raised ?? 0, lastRaisedMs);
    }

    private RuleState StateOf(Guid id) => _slots.TryGetValue(id, out var slot) && slot.Raised > 0
        ? new RuleState(id, slot.RulePosition, slot.Raised, slot.LastRaisedMs)
        : new RuleState(id, PartitionId.None, 0, 0);

    private void Take(AlarmStateChange alarms)
    {
        _compiled = null;
        RulesPosition = _capturedPosition = alarms.RulesPosition;
        foreach (var state in alarms.Rules)
        {
            if (state.RulePosition == PartitionId.None)
                _slots.Remove(state.RuleId);
            else
                _slots[state.RuleId] = new RuleSlot { RulePosition = state.RulePosition, Raised = state.Raised, LastRaisedMs = state.LastRaisedMs };
        }
    }
}
