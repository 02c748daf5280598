using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

internal sealed partial class Planted
{
    private sealed class JournalWithoutFence : SimJournal
    {
        protected override bool IsFenced(string id, long sequence) => false;
    }

    private sealed class JournalWithPrimaryKeyOnly : SimJournal
    {
        protected override bool IsFenced(string id, long sequence) => HasRow(id, sequence);
    }

    private sealed class TopicThatTakesGaps(World world, IReadOnlyList<TopicPartition> partitions) : SimTopic(world, partitions)
    {
        protected override bool IsRefused(long number, long taken) => false;
    }

    private sealed class CommitsHighestOffset(IReaderEffects inner, Func<ReaderMachine> machine) : ReaderDecorator(inner)
    {
        public override void Commit(CommitRow row) => base.Commit(row with { Position = machine().Next });
    }

    private sealed class CommitsCurrentTime(IReaderEffects inner, Func<ReaderMachine> machine) : ReaderDecorator(inner)
    {
        public override void Commit(CommitRow row) => base.Commit(row with { MaxEventTime = Math.Max(row.MaxEventTime, machine().MaxEventTime) });
    }

    private sealed class RaiseNotCommitted(World world, SimReader reader, Func<ReaderMachine> machine) : ReaderDecorator(reader)
    {
        public override void Commit(CommitRow row)
        {
            if (row.Idle && row.MaxEventTime > machine().Committed.MaxEventTime)
                TakeForCommitted(world, reader, machine());
            else
                base.Commit(row);
        }
    }

    private sealed class RaiseNotAwaited(World world, SimReader reader, Func<ReaderMachine> machine) : ReaderDecorator(reader)
    {
        public override void Commit(CommitRow row)
        {
            if (!row.Idle)
            {
                base.Commit(row);
                return;
            }
            world.Database.Call(reader, () => reader.Partition.Commit(row), static (_, _) => { });
            TakeForCommitted(world, reader, machine());
        }
    }

    /// <summary>Lets a tick pass only to a group that has got records which are not safe yet, or with a watermark that it was not sent before.</summary>
    private sealed class NoStandingTick(World world, IReaderEffects inner) : ReaderDecorator(inner)
    {
        private readonly Dictionary<string, long> _notSafe = [];
        private readonly Dictionary<string, long> _told = [];

        public override void Send(Apply apply)
        {
            if (apply.Batches.Count > 0)
                _notSafe[apply.EntityId] = apply.Batches[^1].LastOffset;
            var watermark = apply.Tick?.Watermark ?? PartitionId.NoTime;
            var isNew = watermark > _told.GetValueOrDefault(apply.EntityId, PartitionId.NoTime);
            if (isNew)
                _told[apply.EntityId] = watermark;
            if (isNew || !world.FixedGroups.Contains(apply.EntityId) || _notSafe.ContainsKey(apply.EntityId))
                base.Send(apply);
        }

        public override Answer Seen(Answer answer)
        {
            if (_notSafe.TryGetValue(answer.EntityId, out var last) && answer.Safe >= last)
                _notSafe.Remove(answer.EntityId);
            return answer;
        }
    }

    private sealed class TimeToldOnce(World world, IReaderEffects inner) : ReaderDecorator(inner)
    {
        public override void Send(Apply apply) =>
            base.Send(apply.Tick is { IsTimeOnly: false } && world.FixedGroups.Contains(apply.EntityId) ? apply with { Tick = Tick.Nothing } : apply);
    }

    private sealed class NoAnswerCompare(IReaderEffects inner) : ReaderDecorator(inner)
    {
        private readonly Dictionary<string, long> _highest = [];

        public override Answer Seen(Answer answer)
        {
            var highest = Math.Max(answer.Applied, _highest.GetValueOrDefault(answer.EntityId, PartitionId.None));
            _highest[answer.EntityId] = highest;
            return answer with { Applied = highest };
        }
    }

    /// <summary>The journal writes in order, but its acknowledgement is not waited for.</summary>
    private sealed class RepliesBeforePersist(World world, SimEntity entity) : EntityDecorator(entity)
    {
        private readonly Queue<Action> _writes = new();
        private bool _writing;

        public override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
        {
            var sequence = Entity.Machine.Sequence + 1;
            _writes.Enqueue(() => Entity.Write(sequence, checkpoint, snapshot, WriteNext));
            world.At(0, () => Entity.Take(Entity.Acknowledge));
            if (!_writing)
                WriteNext();
        }

        private void WriteNext()
        {
            _writing = _writes.TryDequeue(out var write);
            write?.Invoke();
        }
    }

    /// <summary>What the event about to be written says of attempts is done before it is written.</summary>
    private sealed class PostsWithoutAttempt(SimEntity entity) : EntityDecorator(entity)
    {
        public override void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
        {
            base.Journal(checkpoint, snapshot);
            if (checkpoint.Change is not LedgerChange { Inner: NoticeStateChange change })
                return;
            foreach (var attempt in change.Attempts)
                ((SimNotices)Entity).PostEarly(attempt);
        }
    }

    private sealed class SafeIgnoresOutbox(World world, SimEntity entity) : EntityDecorator(entity)
    {
        public override void Answer(Answer answer) =>
            base.Answer(answer with { Safe = Math.Max(answer.Safe, world.Checks.Recovered(Entity.Id).AppliedOf(answer.Partition)) });
    }

    private sealed class TimeTickAnsweredAsJournaled(SimEntity entity) : EntityDecorator(entity)
    {
        public override void Answer(Answer answer) => base.Answer(Entity.Handling?.Tick is { IsTimeOnly: true } ? answer with { Safe = answer.Applied } : answer);
    }

    private static void TakeForCommitted(World world, SimReader reader, ReaderMachine machine) =>
        world.At(0, () => reader.Take(() => machine.OnCommitted(CommitOutcome.Committed)));

    private abstract class ReaderDecorator(IReaderEffects inner) : IReaderEffects
    {
        public virtual void Send(Apply apply) => inner.Send(apply);

        public virtual void Commit(CommitRow row) => inner.Commit(row);

        public void Restart(string reason) => inner.Restart(reason);

        public void Stop(string reason) => inner.Stop(reason);

        public virtual Answer Seen(Answer answer) => answer;
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
