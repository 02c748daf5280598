using System.Text.Json;
using ActorStream.Actors.Entities;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Alarms;

/// <summary>Keeps the alarms of one metric: judges its samples by its rules and appends alarms to the <c>alarms</c> topic.</summary>
/// <remarks>Persistence id <c>alarm-{metric}</c>. All decisions are in <see cref="AlarmState"/>, all protocol in <see cref="EntityMachine"/>.</remarks>
public sealed class MetricAlarmActor : LogFedActor
{
    private const string AwakeTimer = "awake";

    /// <summary>A shard passivates an entity that hears nothing for so long.</summary>
    public static readonly TimeSpan PassivateAfter = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan AwakeEvery = PassivateAfter / 2;

    private readonly AlarmState _state;
    private readonly IRulesView _rules;
    private readonly EntityServices _services;

    public MetricAlarmActor(string metric, IRulesView rules, EntityServices services)
        : this(metric, new AlarmState(metric, rules), rules, services)
    {
    }

    private MetricAlarmActor(string metric, AlarmState state, IRulesView rules, EntityServices services)
        : base("alarm", new EntityOptions(metric, IsFixedGroup: false), state, services)
    {
        _state = state;
        _rules = rules;
        _services = services;
    }

    protected override Task ReadyToJudge => _rules.Reached(_state.RulesPosition);

    /// <summary>Rows of the due table come before the event that arms them: a crash between the two leaves a row too many, never one too few (protocol.md rule 27).</summary>
    protected override Task BeforeJournal()
    {
        var rows = _state.Due.TakeArms();
        return rows.Count == 0 ? Task.CompletedTask : _services.Due.ArmAsync([.. rows.Select(RowOf)]);
    }

    protected override void AfterInput()
    {
        LetGo();
        StayAwake();
    }

    /// <summary>A row that could not be removed comes up again and is let go of again.</summary>
    private void LetGo()
    {
        var rows = _state.Due.TakeDisarms();
        if (rows.Count > 0)
            _services.Due.DisarmAsync([.. rows.Select(RowOf)]).PipeTo(Self, success: () => RowsGone.Instance, failure: error => new RowsStay(error));
    }

    private DueRow RowOf(DueChange row) => new(EntityName, row.Partition, row.Series, row.LastOffset, row.DueMs);

    /// <summary>Not passivated while a series may fall silent (rule 23): its shard counts what goes through it as a sign of life.</summary>
    private void StayAwake()
    {
        if (_state.WatchesSilence && !Timers.IsTimerActive(AwakeTimer))
            Timers.StartSingleTimer(AwakeTimer, WakeNow.Instance, AwakeEvery);
    }

    protected override bool OnOther(object message)
    {
        switch (message)
        {
            case ExplainRule question:
                Sender.Tell(new Report(JsonSerializer.Serialize(_state.Explain(question.RuleId, question.Series))));
                return true;
            case WakeNow:
                if (_state.AwaitsSilence)
                    Context.Parent.Tell(new SignOfLife(EntityName));
                return true;
            case RowsStay stay:
                Log.Warning("{0} could not remove rows of the due table: {1}. They come up again.", PersistenceId, stay.Error.Message);
                return true;
            case SignOfLife or RowsGone:
                return true;
            default:
                return false;
        }
    }

    public static Props Props(string metric, IRulesView rules, EntityServices services) =>
        Akka.Actor.Props.Create(() => new MetricAlarmActor(metric, rules, services));

    protected override string Describe() => AlarmReport.Json(Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString(), _state, Machine);

    private sealed record RowsStay(Exception Error) : INoSerializationVerificationNeeded;

    private sealed class RowsGone : INoSerializationVerificationNeeded
    {
        public static readonly RowsGone Instance = new();
    }

    private sealed class WakeNow : INoSerializationVerificationNeeded
    {
        public static readonly WakeNow Instance = new();
    }

    /// <summary>To itself through its shard; never leaves the process.</summary>
    private sealed record SignOfLife(string EntityId) : IEntityMessage, INoSerializationVerificationNeeded;
}
