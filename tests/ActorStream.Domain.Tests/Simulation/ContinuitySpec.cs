using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>
/// Another incarnation writes, snapshots and deletes between two steps of a recovery (protocol.md A2). Too rare for random worlds, so the barrier is set by hand.
/// </summary>
public sealed class ContinuitySpec
{
    private const string Id = "cpu";
    private static readonly PartitionId s_partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    [Fact]
    public void Recovery_reports_that_everything_after_its_snapshot_was_deleted()
    {
        var journal = new SimJournal();
        var owner = new Incarnation(journal);
        owner.WriteTo(2);
        var slow = new Incarnation(journal);

        slow.LoadSnapshot();
        owner.WriteTo(4);
        journal.DeleteTo(Id, 4);
        slow.ReadHighest();
        var whole = slow.Replay();

        // Without the check this incarnation would stand at 4 with the state of 2, and the journal would accept its 5.
        Assert.False(whole);
        Assert.Equal(2, slow.Applied);
        Assert.True(journal.Insert(Id, 5, new Checkpoint([], [], [], null)));
    }

    [Fact]
    public void Recovery_reports_a_hole_before_the_events_that_are_left()
    {
        var journal = new SimJournal();
        var owner = new Incarnation(journal);
        owner.WriteTo(2);
        var slow = new Incarnation(journal);

        slow.LoadSnapshot();
        owner.WriteTo(5);
        journal.DeleteTo(Id, 4);
        slow.ReadHighest();
        var whole = slow.Replay();

        Assert.False(whole);
        Assert.Equal(2, slow.Applied);
    }

    [Fact]
    public void Whatever_is_written_and_deleted_between_its_steps_recovery_ends_whole_or_says_so()
    {
        var (whole, reported) = (0, 0);
        for (var first = 0; first <= 8; first++)
        {
            for (var second = first; second <= 10; second++)
            {
                for (var third = second; third <= 12; third++)
                {
                    var journal = new SimJournal();
                    var owner = new Incarnation(journal, deletes: true);
                    var slow = new Incarnation(journal);

                    owner.WriteTo(first);
                    slow.LoadSnapshot();
                    owner.WriteTo(second);
                    slow.ReadHighest();
                    owner.WriteTo(third);
                    var isWhole = slow.Replay();

                    // A whole recovery stands where the journal stood when the highest number was read; what came later fences its first write.
                    if (isWhole)
                        Assert.Equal((second, second), (slow.Sequence, slow.Applied));
                    whole += isWhole ? 1 : 0;
                    reported += isWhole ? 0 : 1;
                    Assert.Equal(third, new Incarnation(journal).RecoverAtOnce());
                }
            }
        }
        Assert.True(whole > 0 && reported > 0, $"{whole} whole, {reported} reported");
    }

    /// <summary>A machine over the journal; writes one event per offset and a snapshot every second one.</summary>
    private sealed class Incarnation : IEntityEffects
    {
        private readonly SimJournal _journal;
        private readonly bool _deletes;
        private readonly EntityMachine _machine;
        private EntitySnapshot? _loaded;
        private long _loadedAt;
        private long _highest;
        private long _written;
        private long _snapshotBefore;

        public Incarnation(SimJournal journal, bool deletes = false)
        {
            (_journal, _deletes) = (journal, deletes);
            _machine = new EntityMachine(new EntityOptions(Id, IsFixedGroup: false, SnapshotEvery: 2), new LedgerLogic(new AlarmState(Id, new SimRules(new SimRandom(1), 1, 0))), this);
        }

        public long Sequence => _machine.Sequence;

        public long Applied => _machine.Applied.GetValueOrDefault(s_partition, 0);

        public void WriteTo(int offset)
        {
            while (_written < offset)
            {
                _machine.OnApply(new Apply(Id, s_partition, 1, PartitionId.None, [Sample(++_written)], null), 0);
                _machine.WriteCheckpoint();
                _machine.OnJournaled(0);
            }
        }

        public void LoadSnapshot() => (_loadedAt, _loaded) = _journal.NewestSnapshot(Id);

        public void ReadHighest() => _highest = _journal.HighestOf(Id);

        public bool Replay()
        {
            if (_loaded is not null)
                _machine.Restore(_loadedAt, _loaded);
            foreach (var (sequence, checkpoint) in _journal.EventsBetween(Id, _loadedAt, _highest))
            {
                if (!_machine.Fold(sequence, checkpoint))
                    return false;
            }
            return _machine.Recovered(_highest, 0);
        }

        public long RecoverAtOnce()
        {
            LoadSnapshot();
            ReadHighest();
            Assert.True(Replay());
            return Applied;
        }

        public void Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
        {
            var sequence = _machine.Sequence + 1;
            Assert.True(_journal.Insert(Id, sequence, checkpoint));
            if (snapshot is null)
                return;
            _journal.SaveSnapshot(Id, sequence, snapshot);
            if (_deletes && _snapshotBefore > 0)
                _journal.DeleteTo(Id, _snapshotBefore);
            _snapshotBefore = sequence;
        }

        public void Append(string topic, IReadOnlyList<OutboxItem> items) => Assert.Fail("nothing is concluded here");

        public void Answer(Answer answer)
        {
            // Nobody listens: the reader is not part of this story.
        }

        public void DeadLetter(PartitionId partition, long offset, Exception error) => Assert.Fail(error.Message);

        public void Stop(string reason) => Assert.Fail(reason);

        private static SampleBatch Sample(long offset) => new(
            new SampleColumns { Offsets = [offset], AppendTimes = [0], WatermarksBefore = [0], Times = [0], Values = [1], SeriesKeys = [] }, 0, 1);
    }
}
