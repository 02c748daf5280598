using ActorStream.Actors.Entities;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Support;

/// <summary>A log-fed entity with the alarms' logic and a snapshot every other event, so that two snapshots need four events and not two hundred.</summary>
internal sealed class LedgerActor : LogFedActor
{
    public const int SnapshotEvery = 2;

    private readonly Func<Task> _ready;

    public LedgerActor(string id, IEntityLogic logic, EntityServices services, Func<Task>? ready = null)
        : base("ledger", new EntityOptions(id, IsFixedGroup: false, SnapshotEvery: SnapshotEvery), logic, services) => _ready = ready ?? (() => Task.CompletedTask);

    protected override Task ReadyToJudge => _ready();

    public static Props Props(JournalWorld world, string id = "cpu", Func<IEntityLogic, IEntityLogic>? logic = null, Func<Task>? ready = null)
    {
        // By an expression Akka would need constants; each incarnation has to have state of its own.
        var producer = new LedgerProducer(() => new LedgerActor(id, (logic ?? (l => l))(new AlarmState(id, world.Rules)), world.Services, ready));
        return Akka.Actor.Props.CreateBy(producer);
    }

    protected override string Describe() => $$"""{"applied":[{{string.Join(',', Machine.Applied.Values)}}],"sequence":{{Machine.Sequence}},"outbox":{{Machine.OutboxCount}}}""";

    private sealed class LedgerProducer(Func<LedgerActor> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(LedgerActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
