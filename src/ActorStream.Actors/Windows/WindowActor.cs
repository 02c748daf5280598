using ActorStream.Actors.Entities;
using ActorStream.Actors.Pipelines;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Windows;

/// <summary>Keeps the windows of one key group of a pipeline: folds its events and appends results to the pipeline's results topic.</summary>
/// <remarks>
/// Persistence id <c>windows-{pipeline}/{group}</c>. All decisions are in <see cref="WindowState"/>, of a join in <see cref="JoinState"/>; all protocol in <see cref="EntityMachine"/>.
/// When its node knows a later change of the pipeline, it writes what it has and ends; the next message makes it anew, and its state goes on under the changed plan.
/// </remarks>
public sealed class WindowActor : LogFedActor
{
    private readonly IWindowLogic _state;
    private readonly WindowPlan _plan;
    private readonly PipelineGate _gate;
    private readonly long _version;
    private readonly EntityServices _services;
    private WindowBlock? _toldOf;
    private WindowBooks? _counted;
    private bool _saidItWaits;

    public WindowActor(string entityId, PipelineSpec pipeline, Func<PipelineSpec?> newest, EntityServices services)
        : this(entityId, pipeline.NewState(), pipeline, newest, services)
    {
    }

    private WindowActor(string entityId, IWindowLogic state, PipelineSpec pipeline, Func<PipelineSpec?> newest, EntityServices services)
        : base("windows", new EntityOptions(entityId, IsFixedGroup: true), state, services)
    {
        _state = state;
        _plan = pipeline.Windows;
        _version = pipeline.Version;
        _gate = new PipelineGate(pipeline, newest);
        _services = services;
    }

    protected override IReadOnlyList<double> Quantiles => _plan.Quantiles;

    protected override bool IsSuperseded => _gate.IsSuperseded;

    protected override bool IsOutdated => _state.IsOutdated;

    /// <summary>Under which a key group's journal lies.</summary>
    public static string PersistenceIdOf(string entityId) => $"windows-{entityId}";

    /// <param name="newest">What this node knows of the pipeline at any later moment; null: it was deleted.</param>
    public static Props Props(string entityId, PipelineSpec pipeline, Func<PipelineSpec?> newest, EntityServices services) =>
        Akka.Actor.Props.Create(() => new WindowActor(entityId, pipeline, newest, services));

    /// <summary>What a later change decoded waits until this node knows that change; its reader sends it again.</summary>
    protected override bool MayJudge(Apply apply)
    {
        if (_gate.MayJudge(apply))
            return true;
        if (!_saidItWaits)
            Log.Info("{0} is at change {1} of its pipeline and got events of a later one; they wait until this node knows it.", PersistenceId, _version);
        _saidItWaits = true;
        return false;
    }

    /// <summary>Letters come before the event that counts their records as applied: after it no replay would meet them again. What was rejected before the capture is exactly what the event covers, since both are taken in one turn of the actor.</summary>
    protected override Task BeforeJournal()
    {
        var late = _state.TakeLate();
        if (late.Count == 0)
            return Task.CompletedTask;
        var nowMs = Time.GetUtcNow().ToUnixTimeMilliseconds();
        return _services.DeadLetters.AddAsync([.. late.Select(l => LateLetter.Of(l, _plan, nowMs))]);
    }

    /// <summary>A record that waits at a bound may hold back the watermark that alone makes room.</summary>
    protected override void AfterInput()
    {
        if (_state.Blocked is { } block && (_toldOf is null || (_toldOf.Partition, _toldOf.Offset) != (block.Partition, block.Offset)))
        {
            Log.Warning(
                "{0} is at its bound of {1}: {2}@{3} (key {4}) waits, watermark {5}. Raise the pipeline's bounds, or let it refuse at the bound.",
                PersistenceId, block.Bound, block.Partition, block.Offset, block.Key, block.Watermark);
        }
        _toldOf = _state.Blocked ?? _toldOf;
        // The first input is the end of the recovery: what is counted from here on is this incarnation's.
        if (_counted is not null)
            return;
        foreach (var (spec, windows) in _state.Dropped)
            Log.Warning("{0} drops {1} windows of {2}: its pipeline, at change {3}, has them no more.", PersistenceId, windows, WindowPlan.FullName(spec), _version);
        Count(null);
    }

    protected override void Journaled(Checkpoint checkpoint)
    {
        Count(_counted);
        foreach (var item in checkpoint.Added)
        {
            if (item.Output is WindowResult { Revision: 0, IsRetracted: false } first)
                _services.Telemetry.Windows.Fired(_plan, first);
        }
    }

    protected override bool OnOther(object message)
    {
        if (message is not DescribeWindows question)
            return false;
        Sender.Tell(new Report(OpenWindowReport.Json(_state.Describe(question.Limit))));
        return true;
    }

    protected override void PostStop()
    {
        _services.Telemetry.Windows.Gone(EntityName);
        base.PostStop();
    }

    private void Count(WindowBooks? before)
    {
        _counted = _state.Books;
        if (before is not null)
            _services.Telemetry.Windows.Counted(_plan, before, _counted);
        _services.Telemetry.Windows.Holds(EntityName, _plan.PipelineId, _counted);
    }

    protected override string Describe() => WindowReport.Json(EntityName, Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString(), _plan, _state, Machine);
}
