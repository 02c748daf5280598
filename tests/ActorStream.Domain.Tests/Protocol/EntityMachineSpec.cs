using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

public sealed class EntityMachineSpec
{
    private static readonly EntityOptions Fixed = new("cpu", IsFixedGroup: true);

    [Fact]
    public void Records_are_answered_at_once_and_become_safe_when_their_event_is_durable()
    {
        var entity = new EntityHarness(new SumLogic());

        entity.Apply(Numbers(0, 1, 2));
        entity.Tick(1_000);
        entity.AcknowledgeWrite(1_001);

        Assert.Equal([(1L, -1L), (1, -1), (1, 1)], entity.Answers.Select(a => (a.Applied, a.Safe)));
        Assert.Equal(new AppliedOffset(EntityHarness.P0, 1), Assert.Single(Assert.Single(entity.Writes).Event.Applied));
    }

    [Fact]
    public void Records_applied_before_are_skipped()
    {
        var logic = new SumLogic();
        var entity = new EntityHarness(logic);
        entity.Apply(Numbers(0, 1, 2));

        entity.Apply(Numbers(0, 1, 2, 4));

        Assert.Equal(7, logic.Sum);
    }

    [Fact]
    public void Records_that_follow_something_this_incarnation_never_saw_change_nothing()
    {
        var logic = new SumLogic();
        var entity = new EntityHarness(logic);

        entity.Apply(Numbers(5, 1), previous: 4);

        Assert.Equal(0, logic.Sum);
        Assert.Equal(PartitionId.None, Assert.Single(entity.Answers).Applied);
    }

    [Fact]
    public void One_write_is_in_flight_and_what_comes_meanwhile_belongs_to_the_next_event()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, -1));
        entity.Apply(Numbers(1, -1));
        entity.Tick(1_000);

        Assert.Single(entity.Writes);
        entity.AcknowledgeWrite();

        Assert.Equal([0L, 1], entity.Writes.Select(w => Assert.Single(w.Event.Applied).Offset));
        Assert.Equal([1L, 2], entity.Writes.SelectMany(w => w.Event.Added).Select(i => i.Number));
    }

    [Fact]
    public void Outputs_leave_only_after_their_own_event_is_durable()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, -1));
        entity.Apply(Numbers(1, -1));

        Assert.Empty(entity.Appends);
        entity.AcknowledgeWrite();

        Assert.Equal([1L], entity.Appends.SelectMany(a => a.Items).Select(i => i.Number));
        Assert.True(entity.IsWriting);
    }

    [Fact]
    public void A_record_is_not_safe_while_its_output_is_not_taken()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, 1, -1, 1, -1));
        entity.AcknowledgeWrite();
        Assert.Equal(0, entity.Answers[^1].Safe);

        entity.Machine.OnTaken("out", 1, 0);
        Assert.Equal(2, entity.Answers[^1].Safe);
        entity.Machine.OnTaken("out", 2, 0);

        Assert.Equal(3, entity.Answers[^1].Safe);
    }

    [Fact]
    public void Numbers_taken_late_or_out_of_order_free_everything_up_to_the_highest_once()
    {
        var entity = new EntityHarness(new SumLogic(), new EntityOptions("cpu", IsFixedGroup: false, AppendItemsMax: 2));
        entity.Apply(Numbers(0, -1, -1, -1));
        entity.AcknowledgeWrite();

        entity.Machine.OnTaken("out", 2, 0);
        entity.Machine.OnTaken("out", 1, 0);
        Assert.Equal(1, entity.Machine.OutboxCount);
        entity.Machine.OnTaken("out", 3, 0);
        entity.Tick(1_000);

        Assert.Equal(0, entity.Machine.OutboxCount);
        Assert.Equal(new TakenNumber("out", 3), Assert.Single(entity.Writes[^1].Event.Taken));
    }

    [Fact]
    public void A_failed_append_is_repeated_with_backoff_and_the_same_items()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, -1));
        entity.AcknowledgeWrite();
        entity.Machine.OnTaken("out", null, 0);
        entity.Machine.OnTimer(999);
        Assert.Single(entity.Appends);

        entity.Machine.OnTimer(1_000);

        Assert.Equal(2, entity.Appends.Count);
        Assert.Equal(entity.Appends[0].Items, entity.Appends[1].Items);
        entity.Machine.OnTaken("out", null, 1_000);
        entity.Machine.OnTimer(2_999);
        Assert.Equal(2, entity.Appends.Count);
    }

    [Fact]
    public void A_record_whose_application_throws_becomes_a_dead_letter_and_the_next_ones_are_applied()
    {
        var logic = new SumLogic();
        var entity = new EntityHarness(logic);

        entity.Apply(Numbers(0, 1, SumLogic.Poison, SumLogic.Poison, 2));

        Assert.Equal([1L, 2], entity.DeadLetters);
        Assert.Equal((3L, 3L), (logic.Sum, entity.Answers[^1].Applied));
    }

    [Fact]
    public void Batches_after_one_that_was_left_in_the_middle_are_not_applied()
    {
        // The logic's own bound, not the outbox's: the machine must not let the second batch overtake.
        var logic = new SumLogic { Max = 2 };
        var entity = new EntityHarness(logic);

        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [Numbers(0, 1, 1, 1), Numbers(3, 0, 0)], null), 0);
        Assert.Equal(1, entity.Answers[^1].Applied);
        logic.Max = 100;
        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [Numbers(0, 1, 1, 1), Numbers(3, 0, 0)], null), 0);

        Assert.Equal((3L, 4L), (logic.Sum, entity.Answers[^1].Applied));
    }

    [Theory]
    [InlineData(true, 10_000, 1)]
    [InlineData(true, 9_999, 0)]
    [InlineData(false, 10_000, 0)]
    public void A_fixed_group_that_was_silent_for_ten_seconds_writes_an_empty_event(bool isFixed, long nowMs, int writes)
    {
        var entity = new EntityHarness(new SumLogic(), Fixed with { IsFixedGroup = isFixed });

        entity.Tick(nowMs);

        Assert.Equal(writes, entity.Writes.Count);
        Assert.All(entity.Writes, w => Assert.Equal((0, null), (w.Event.Applied.Count + w.Event.Added.Count + w.Event.Taken.Count, w.Event.Change)));
    }

    [Fact]
    public void A_failed_write_ends_the_incarnation_and_nothing_leaves_it_any_more()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, -1));

        entity.Machine.OnJournalFailed("fenced");
        entity.Machine.OnJournaled(0);
        entity.Machine.OnTimer(10_000);
        entity.Tick(20_000);

        Assert.Contains("fenced", entity.Stopped, StringComparison.Ordinal);
        Assert.Empty(entity.Appends);
        Assert.Single(entity.Answers);
    }

    [Fact]
    public void A_stop_while_writing_waits_writes_what_is_dirty_and_then_ends()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(Numbers(0, -1));
        entity.Apply(Numbers(1, 1));

        entity.Machine.OnStop();
        entity.Apply(Numbers(2, 1));
        Assert.Null(entity.Stopped);
        entity.AcknowledgeWrite();
        Assert.Null(entity.Stopped);
        entity.AcknowledgeWrite();

        Assert.Equal("stopped as planned", entity.Stopped);
        Assert.Equal([0L, 1], entity.Writes.Select(w => Assert.Single(w.Event.Applied).Offset));
    }

    [Fact]
    public void A_clean_entity_stops_at_once()
    {
        var entity = new EntityHarness(new SumLogic());

        entity.Machine.OnStop();

        Assert.Equal("stopped as planned", entity.Stopped);
        Assert.Empty(entity.Writes);
    }

    [Fact]
    public void A_gap_in_the_journal_is_found_wherever_it_is()
    {
        var empty = new Checkpoint([], [], [], null);

        var middle = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        Assert.True(middle.Fold(1, empty));
        Assert.False(middle.Fold(3, empty));

        var afterSnapshot = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        afterSnapshot.Restore(10, new EntitySnapshot([], [], [], null));
        Assert.False(afterSnapshot.Fold(12, empty));

        var end = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        end.Restore(10, new EntitySnapshot([], [], [], null));
        Assert.False(end.Recovered(20, 0));
        Assert.True(end.Recovered(10, 0));
    }

    [Fact]
    public void A_recovered_entity_sends_its_outbox_again_and_numbers_go_on()
    {
        var first = new EntityHarness(new SumLogic());
        first.Apply(Numbers(0, -1, -1));
        first.AcknowledgeWrite();

        var second = new EntityHarness(new SumLogic(), isRecovered: false);
        second.Machine.Fold(1, first.Writes[0].Event);
        second.Machine.Recovered(1, 0);
        Assert.Equal([1L, 2], Assert.Single(second.Appends).Items.Select(i => i.Number));
        second.Apply(Numbers(2, -1));

        Assert.Equal(3, Assert.Single(second.Writes[0].Event.Added).Number);
    }

    [Fact]
    public void Every_snapshot_is_the_fold_of_the_events_up_to_its_number()
    {
        // Values: 0 acknowledges a write, 1 takes an append, 2 and 3 tick, 4 and 5 apply a record to either partition, 6 and 7 one that concludes something.
        Gen.Int[0, 7].Array[1, 120].Sample(steps =>
        {
            var entity = new EntityHarness(new SumLogic(), new EntityOptions("cpu", IsFixedGroup: false, SnapshotEvery: 3));
            var offsets = new long[2];
            for (var i = 0; i < steps.Length; i++)
                Step(entity, steps[i], offsets, 1_000 * i);

            var logic = new SumLogic();
            var folded = new EntityHarness(logic, isRecovered: false);
            for (var i = 0; i < entity.Writes.Count; i++)
            {
                Assert.True(folded.Machine.Fold(i + 1, entity.Writes[i].Event));
                if (entity.Writes[i].Snapshot is not { } snapshot)
                    continue;
                Assert.Equal(0, (i + 1) % 3);
                Assert.Equal(snapshot.Applied.ToHashSet(), folded.Machine.Applied.Select(a => new AppliedOffset(a.Key, a.Value)).ToHashSet());
                Assert.Equal(snapshot.Outbox.Count, folded.Machine.OutboxCount);
                Assert.Equal(logic.Sum, Assert.IsType<SumLogic.State>(snapshot.State).Sum);
                CheckGoesOnAlike(snapshot, entity.Writes.Take(i + 1).Select(w => w.Event));
            }
        });
    }

    /// <summary>An entity restored from the snapshot and one folded from the events ask for the same from then on.</summary>
    private static void CheckGoesOnAlike(EntitySnapshot snapshot, IEnumerable<Checkpoint> events)
    {
        var (restored, folded) = (new EntityHarness(new SumLogic(), isRecovered: false), new EntityHarness(new SumLogic(), isRecovered: false));
        var sequence = 0L;
        foreach (var written in events)
            folded.Machine.Fold(++sequence, written);
        restored.Machine.Restore(sequence, snapshot);
        foreach (var entity in new[] { restored, folded })
        {
            entity.Machine.Recovered(sequence, 0);
            entity.Apply(Numbers(1_000, -1, 1));
            entity.Settle();
        }
        Assert.Equal(folded.Taken, restored.Taken);
        Assert.Equal(folded.Answers, restored.Answers);
    }

    private static void Step(EntityHarness entity, int kind, long[] offsets, long nowMs)
    {
        var partition = kind % 2;
        switch (kind)
        {
            case 0 when entity.IsWriting:
                entity.AcknowledgeWrite(nowMs);
                break;
            case 1 when entity.Appends.Count > 0:
                entity.TakeAppend(nowMs);
                break;
            case 2 or 3:
                entity.Tick(nowMs, partition == 0 ? EntityHarness.P0 : EntityHarness.P1);
                break;
            case >= 4:
                var batch = Numbers(offsets[partition]++, kind < 6 ? 1 : -1);
                entity.Machine.OnApply(new Apply("cpu", partition == 0 ? EntityHarness.P0 : EntityHarness.P1, 1, PartitionId.None, [batch], null), nowMs);
                break;
        }
    }

    private static NumberBatch Numbers(long first, params int[] numbers) => new(first, numbers);

    internal sealed class NumberBatch(long first, int[] numbers) : EntityBatch
    {
        public int[] Numbers => numbers;

        public override int Count => numbers.Length;

        public override int WireBytes => 8 * numbers.Length;

        public override long OffsetAt(int index) => first + index;
    }

    /// <summary>Adds what it is given; a negative number is an output as well.</summary>
    internal sealed class SumLogic : IEntityLogic
    {
        public const int Poison = int.MaxValue;

        private long _captured;

        public long Sum { get; private set; }

        /// <summary>Stops applying at this sum.</summary>
        public long Max { get; set; } = long.MaxValue;

        public bool IsDirty => Sum != _captured;

        public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
        {
            for (var numbers = ((NumberBatch)batch).Numbers; index < numbers.Length && !outputs.Full && Sum < Max; index++)
            {
                if (numbers[index] == Poison)
                    throw new InvalidDataException("poison");
                Sum += numbers[index];
                if (numbers[index] < 0)
                    outputs.Emit("out", "key", new Output(batch.OffsetAt(index)), batch.OffsetAt(index));
            }
        }

        public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
        {
        }

        public IStateChange? Capture()
        {
            if (!IsDirty)
                return null;
            _captured = Sum;
            return new State(Sum);
        }

        public IStateSnapshot CaptureAll() => new State(Sum);

        public void Fold(IStateChange change) => Sum = _captured = ((State)change).Sum;

        public void Restore(IStateSnapshot snapshot) => Sum = _captured = ((State)snapshot).Sum;

        public void Journaled()
        {
        }

        internal sealed record State(long Sum) : IStateChange, IStateSnapshot;

        private sealed record Output(long Offset) : IOutput;
    }
}
