using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What an entity would be if it recovered now: the product's machine over the journal, with its outbox held back.</summary>
internal sealed class RecoveredEntity : IEntityEffects
{
    private readonly EntityMachine _machine;
    private readonly List<OutboxItem> _outbox = [];

    public RecoveredEntity(World world, string id, int version)
    {
        Version = version;
        Logic = world.NewLogic(id);
        _machine = new EntityMachine(new EntityOptions(id, world.FixedGroups.Contains(id), AppendItemsMax: int.MaxValue), Logic, this);
        var (sequence, snapshot) = world.Journal.NewestSnapshot(id);
        if (snapshot is not null)
            _machine.Restore(sequence, snapshot);
        var highest = world.Journal.HighestOf(id);
        foreach (var (number, checkpoint) in world.Journal.EventsBetween(id, sequence, highest))
        {
            if (!_machine.Fold(number, checkpoint))
                throw new BrokenPromiseException($"the journal of {id} has a gap before {number}");
        }
        if (!_machine.Recovered(highest, world.NowMs))
            throw new BrokenPromiseException($"the journal of {id} ends before {highest}");
    }

    /// <summary>Of the journal; another version, another state.</summary>
    public int Version { get; }

    public LedgerLogic Logic { get; }

    public IReadOnlyList<OutboxItem> Outbox => _outbox;

    public long AppliedOf(PartitionId partition) => _machine.Applied.GetValueOrDefault(partition, PartitionId.None);

    void IEntityEffects.Append(string topic, IReadOnlyList<OutboxItem> items) => _outbox.AddRange(items);

    void IEntityEffects.Journal(Checkpoint checkpoint, EntitySnapshot? snapshot) => throw new BrokenPromiseException("recovery writes");

    void IEntityEffects.Answer(Answer answer) => throw new BrokenPromiseException("recovery answers");

    void IEntityEffects.DeadLetter(PartitionId partition, long offset, Exception error) => throw new BrokenPromiseException("recovery applies");

    void IEntityEffects.Stop(string reason) => throw new BrokenPromiseException("recovery stops");
}
