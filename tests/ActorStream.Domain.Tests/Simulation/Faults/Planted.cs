using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Plants one fault by decorating what surrounds the machines; the product itself has no hook for it.</summary>
internal sealed class Planted(World world, PlantedFault fault)
{
    public bool PostsWithoutAttempt => fault == PlantedFault.PostsWithoutAttempt;

    public bool VisibleOutOfOrder => fault == PlantedFault.OffsetsVisibleOutOfOrder;

    public SimJournal NewJournal() => fault switch
    {
        PlantedFault.FenceIgnored => new JournalWithoutFence(),
        PlantedFault.FenceIsOnlyUnique => new JournalWithPrimaryKeyOnly(),
        _ => new SimJournal(),
    };

    public SimTopic NewTopic(int partitions) => fault == PlantedFault.AppendTakesGap ? new TopicThatTakesGaps(world, partitions) : new SimTopic(world, partitions);

    public IReaderEffects Around(IReaderEffects reader, Func<ReaderMachine> machine) => fault switch
    {
        PlantedFault.CommitsHighestOffset => new CommitsHighestOffset(reader, machine),
        PlantedFault.NoStandingTick => new NoStandingTick(reader),
        _ => reader,
    };

    public IEntityEffects Around(SimEntity entity) => fault switch
    {
        PlantedFault.RepliesBeforePersist => new RepliesBeforePersist(world, entity),
        PlantedFault.SafeIgnoresOutbox => new SafeIgnoresOutbox(world, entity),
        _ => entity,
    };

    public Apply Seen(Apply apply) => fault == PlantedFault.NoPredecessorCheck ? apply with { Previous = PartitionId.None } : apply;

    private sealed class JournalWithoutFence : SimJournal
    {
        protected override bool IsFenced(string id, long sequence) => false;
    }

    private sealed class JournalWithPrimaryKeyOnly : SimJournal
    {
        protected override bool IsFenced(string id, long sequence) => HasRow(id, sequence);
    }

    private sealed class TopicThatTakesGaps(World world, int partitions) : SimTopic(world, partitions)
    {
        protected override bool IsRefused(long number, long taken) => false;
    }

    private sealed class CommitsHighestOffset(IReaderEffects inner, Func<ReaderMachine> machine) : IReaderEffects
    {
        public void Send(Apply apply) => inner.Send(apply);

        public void Commit(CommitRow row) => inner.Commit(row with { Position = machine().Next });

        public void Restart(string reason) => inner.Restart(reason);

        public void Stop(string reason) => inner.Stop(reason);
    }

    private sealed class NoStandingTick(IReaderEffects inner) : IReaderEffects
    {
        public void Send(Apply apply)
        {
            // Only an entity that the reader does not track is ticked without anything acknowledged; the sweep of others is left alone.
            if (apply.Batches.Count > 0 || apply.Previous != PartitionId.None || apply.Partition.Group != TopicNames.NoticesGroup)
                inner.Send(apply);
        }

        public void Commit(CommitRow row) => inner.Commit(row);

        public void Restart(string reason) => inner.Restart(reason);

        public void Stop(string reason) => inner.Stop(reason);
    }

    private sealed class RepliesBeforePersist(World world, SimEntity entity) : EntityDecorator(entity)
    {
        public override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
        {
            Entity.AcknowledgedEarly = true;
            base.Journal(checkpoint, snapshot);
            world.At(0, () => Entity.Take(Entity.Acknowledge));
        }
    }

    private sealed class SafeIgnoresOutbox(World world, SimEntity entity) : EntityDecorator(entity)
    {
        public override void Answer(Answer answer) =>
            base.Answer(answer with { Safe = Math.Max(answer.Safe, world.Checks.Recovered(Entity.Id).AppliedOf(answer.Partition)) });
    }

    private abstract class EntityDecorator(SimEntity entity) : IEntityEffects
    {
        private readonly IEntityEffects _inner = entity;

        protected SimEntity Entity => entity;

        public virtual void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot) => _inner.Journal(checkpoint, snapshot);

        public void Append(string topic, IReadOnlyList<OutboxItem> items) => _inner.Append(topic, items);

        public virtual void Answer(Answer answer) => _inner.Answer(answer);

        public void DeadLetter(PartitionId partition, long offset, Exception error) => _inner.DeadLetter(partition, offset, error);

        public void Stop(string reason) => _inner.Stop(reason);
    }
}
