using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>ADR 013: a watermark that a commit raised is told at once, and asks for nothing (protocol.md rules 9 and 17).</summary>
public sealed class TimeOnlyTickSpec
{
    [Fact]
    public void A_watermark_that_rose_is_told_to_every_fixed_group_at_once_and_only_once()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1", "g2"]);

        reader.Machine.TellTime(500);
        reader.Machine.TellTime(500);
        reader.Machine.TellTime(499);

        Assert.Equal(["g1", "g2"], reader.Applies.Select(a => a.EntityId));
        Assert.All(reader.Applies, a => Assert.Equal((Tick.OfTime(500), 0, PartitionId.None), (a.Tick!.Value, a.Batches.Count, a.Previous)));
    }

    [Fact]
    public void What_the_tick_of_the_second_has_told_is_not_told_again_but_the_standing_tick_goes_on()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1"]);
        reader.Machine.OnTick(1_000, new Tick(500, PartitionId.NoTime));

        reader.Machine.TellTime(500);
        reader.Machine.TellTime(501);
        reader.Machine.OnTick(2_000, new Tick(501, PartitionId.NoTime));

        Assert.Equal([(500L, false), (501, true), (501, false)], reader.Applies.Select(a => (a.Tick!.Value.Watermark, a.Tick.Value.IsTimeOnly)));
    }

    [Fact]
    public void Without_a_time_nothing_is_told()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1"]);

        reader.Machine.TellTime(PartitionId.NoTime);

        Assert.Empty(reader.Applies);
    }

    [Fact]
    public void It_carries_what_its_group_has_acknowledged_so_that_a_group_that_lost_it_is_found_out()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1"]);
        reader.Chunk(10, ("g1", 5));
        reader.Answer("g1", applied: 5, safe: PartitionId.None);

        reader.Machine.TellTime(500);

        Assert.Equal(5, reader.Applies[^1].Previous);
    }

    [Fact]
    public void Its_answer_does_not_make_the_reader_send_records_again()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1"]);
        reader.Chunk(10, ("g1", 5));

        reader.Machine.TellTime(500);
        reader.Answer("g1", applied: PartitionId.None, safe: PartitionId.None);
        Assert.Single(reader.Sent());
        reader.Machine.OnTick(1_000, new Tick(500, PartitionId.NoTime));
        reader.Answer("g1", applied: PartitionId.None, safe: PartitionId.None);

        Assert.Equal(2, reader.Sent().Count);
    }

    [Fact]
    public void It_does_not_postpone_the_next_question_for_a_checkpoint_nor_count_against_the_bound_of_unanswered_ones()
    {
        var reader = new ReaderHarness(new ReaderBounds(SweepMax: 1), fixedGroups: ["g1"]);
        reader.Chunk(10, ("g1", 0), ("a", 1));

        reader.Machine.TellTime(500);
        reader.Applies.Clear();
        reader.Machine.OnTick(1_000, new Tick(500, PartitionId.NoTime));

        Assert.Equal(["g1", "a"], reader.Applies.Select(a => a.EntityId));
    }

    [Fact]
    public void A_reader_that_has_stopped_tells_nothing()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1"]);
        reader.Machine.OnStop(0);
        reader.Applies.Clear();

        reader.Machine.TellTime(500);

        Assert.Empty(reader.Applies);
    }

    [Fact]
    public void A_group_that_decides_nothing_by_it_answers_and_writes_nothing()
    {
        var entity = new EntityHarness(new SumLogic());
        entity.Apply(new NumberBatch(0, [1, 2]));

        entity.TellTime(500);

        Assert.Empty(entity.Writes);
        Assert.Equal((1L, PartitionId.None), (entity.Answers[^1].Applied, entity.Answers[^1].Safe));
        entity.Tick(1_000);
        Assert.Single(entity.Writes);
    }

    [Fact]
    public void What_it_makes_a_group_decide_is_written_at_once_with_all_that_changed()
    {
        var entity = new EntityHarness(new SumLogic { FiresAt = 500 });
        entity.Apply(new NumberBatch(0, [1, 2]));

        entity.TellTime(499);
        Assert.Empty(entity.Writes);
        entity.TellTime(500);

        var written = Assert.Single(entity.Writes).Event;
        Assert.Equal((1L, 1), (Assert.Single(written.Applied).Offset, written.Added.Count));
        Assert.Empty(entity.Appends);
        entity.AcknowledgeWrite();
        Assert.Single(entity.Appends);
    }

    [Fact]
    public void A_group_that_never_saw_what_was_acknowledged_does_not_hear_the_time()
    {
        var entity = new EntityHarness(new SumLogic { FiresAt = 500 });

        entity.TellTime(500, previous: 7);

        Assert.Empty(entity.Writes);
        Assert.Equal(PartitionId.None, Assert.Single(entity.Answers).Applied);
    }

    [Fact]
    public void A_fixed_group_that_was_silent_for_ten_seconds_meets_the_fence_by_it_too()
    {
        var entity = new EntityHarness(new SumLogic(), new EntityOptions("cpu", IsFixedGroup: true));

        entity.TellTime(500, nowMs: 9_999);
        Assert.Empty(entity.Writes);
        entity.TellTime(501, nowMs: 10_000);

        Assert.Single(entity.Writes);
    }
}
