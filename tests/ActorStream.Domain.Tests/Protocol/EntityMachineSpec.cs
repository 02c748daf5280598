using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>What an entity applies, writes, says and sends.</summary>
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
        var logic = new SumLogic { StopBefore = 2 };
        var entity = new EntityHarness(logic);

        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [Numbers(0, 1, 1, 1), Numbers(3, 1, 1)], null), 0);
        Assert.Equal(1, entity.Answers[^1].Applied);
        logic.StopBefore = PartitionId.None;
        entity.Machine.OnApply(new Apply("cpu", EntityHarness.P0, 1, PartitionId.None, [Numbers(0, 1, 1, 1), Numbers(3, 1, 1)], null), 0);

        Assert.Equal((5L, 4L), (logic.Sum, entity.Answers[^1].Applied));
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

    private static NumberBatch Numbers(long first, params int[] numbers) => new(first, numbers);
}
