using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The least that alarms must do: each sample above a rule's threshold is one alarm; alarms raised are counted per rule.</summary>
internal sealed class AlarmLogic(MetricRules rules) : IEntityLogic
{
    private readonly Dictionary<Guid, RuleState> _states = [];
    private readonly HashSet<Guid> _changed = [];

    public bool IsDirty => _changed.Count > 0;

    public long RaisedBy(Guid rule) => _states.TryGetValue(rule, out var state) ? state.Raised : 0;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var samples = (SampleBatch)batch;
        for (; index < samples.Count && !outputs.Full; index++)
        {
            var at = samples.Start + index;
            foreach (var rule in rules.Rules)
            {
                if (samples.Columns.Values[at] > rule.Rule.Threshold)
                    Raise(rule, partition, samples.Columns, at, outputs);
            }
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
    }

    public IStateChange? Capture()
    {
        if (_changed.Count == 0)
            return null;
        var changed = new List<RuleState>(_changed.Count);
        foreach (var rule in _changed)
            changed.Add(_states[rule]);
        _changed.Clear();
        return new AlarmStateChange(rules.Position, changed);
    }

    public IStateSnapshot CaptureAll() => new AlarmStateChange(rules.Position, [.. _states.Values]);

    public void Fold(IStateChange change)
    {
        foreach (var state in ((AlarmStateChange)change).Rules)
            _states[state.RuleId] = state;
    }

    public void Restore(IStateSnapshot snapshot) => Fold((AlarmStateChange)snapshot);

    public void Journaled()
    {
    }

    private void Raise(VersionedRule rule, PartitionId partition, SampleColumns columns, int at, IOutputs outputs)
    {
        var (id, offset) = (rule.Rule.Id, columns.Offsets[at]);
        _states[id] = new RuleState(id, rule.Position, RaisedBy(id) + 1, columns.Times[at]);
        _changed.Add(id);
        var alarm = new AlarmRecord(
            AlarmId.Of(id, partition, offset), id, rule.Position, rule.Rule.MetricName, SeriesKey.Empty, new AppliedOffset(partition, offset), columns.Values[at],
            rule.Rule.Operator, rule.Rule.ThresholdText, columns.Times[at], columns.AppendTimes[at], rule.Rule.WebhookUrl);
        outputs.Emit(TopicNames.Alarms, rule.Rule.WebhookUrl, alarm, offset);
    }
}
