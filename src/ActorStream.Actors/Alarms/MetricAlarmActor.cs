using System.Text.Json;
using ActorStream.Actors.Entities;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;
using Akka.Actor;

namespace ActorStream.Actors.Alarms;

/// <summary>Keeps the alarms of one metric: judges its samples by its rules and appends alarms to the <c>alarms</c> topic.</summary>
/// <remarks>Persistence id <c>alarm-{metric}</c>. All decisions are in <see cref="AlarmState"/>, all protocol in <see cref="EntityMachine"/>.</remarks>
public sealed class MetricAlarmActor : LogFedActor
{
    private readonly AlarmState _state;
    private readonly IRulesView _rules;

    public MetricAlarmActor(string metric, IRulesView rules, EntityServices services)
        : this(metric, new AlarmState(metric, rules), rules, services)
    {
    }

    private MetricAlarmActor(string metric, AlarmState state, IRulesView rules, EntityServices services)
        : base("alarm", new EntityOptions(metric, IsFixedGroup: false), state, services)
    {
        _state = state;
        _rules = rules;
    }

    protected override Task ReadyToJudge => _rules.Reached(_state.RulesPosition);

    public static Props Props(string metric, IRulesView rules, EntityServices services) =>
        Akka.Actor.Props.Create(() => new MetricAlarmActor(metric, rules, services));

    protected override bool OnOther(object message)
    {
        if (message is not ExplainRule question)
            return false;
        Sender.Tell(new Report(JsonSerializer.Serialize(_state.Explain(question.RuleId, question.Series))));
        return true;
    }

    protected override string Describe() => AlarmReport.Json(Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString(), _state, Machine);
}
