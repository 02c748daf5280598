using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>What a reader sends, to whom and when.</summary>
public sealed class ReaderMachineSpec
{
    [Fact]
    public void Entities_do_not_wait_for_each_other_and_each_has_one_message_with_records_in_flight()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0), ("b", 1), ("a", 2));
        reader.Chunk(20, ("a", 10), ("b", 11));

        Assert.Equal([("a", 0L, 2L), ("b", 1, 1)], reader.Sent());
        reader.Answer("b", applied: 1, safe: -1);
        Assert.Equal(("b", 11L, 11L), reader.Sent()[^1]);

        reader.Answer("a", applied: 2, safe: -1);
        Assert.Equal(("a", 10L, 10L), reader.Sent()[^1]);
        Assert.Equal(2, reader.Applies[^1].Previous);
    }

    [Fact]
    public void An_entity_that_lost_what_it_had_acknowledged_makes_the_reader_start_again()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0), ("a", 5));
        reader.Answer("a", applied: 5, safe: -1);

        reader.Answer("a", applied: -1, safe: -1);

        Assert.Contains("lost its memory", reader.Restarted, StringComparison.Ordinal);
        var sent = reader.Applies.Count;
        reader.Machine.OnTick(1_000, Tick.Nothing);
        reader.Chunk(20, ("a", 11));
        Assert.Equal(sent, reader.Applies.Count);
        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void Records_are_sent_again_only_on_the_answer_to_a_tick_sent_after_them()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0), ("a", 5));

        reader.Answer("a", applied: 3, safe: -1);
        Assert.Single(reader.Applies);
        reader.Machine.OnTick(1_000, Tick.Nothing);
        Assert.Empty(reader.Applies[^1].Batches);
        reader.Answer("a", applied: 3, safe: -1);

        Assert.Equal(3, reader.Applies.Count);
        Assert.Equal(reader.Applies[0].Batches, reader.Applies[2].Batches);
        reader.Answer("a", applied: 3, safe: -1);
        Assert.Equal(3, reader.Applies.Count);
    }

    [Fact]
    public void Unanswered_ticks_back_off_to_five_seconds()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0));

        for (var nowMs = 1_000; nowMs <= 20_000; nowMs += 1_000)
        {
            reader.Machine.OnTick(nowMs, Tick.Nothing);
            if (reader.Applies.Count > reader.TickTimes.Count + 1)
                reader.TickTimes.Add(nowMs);
        }

        Assert.Equal([1_000, 2_000, 4_000, 8_000, 13_000, 18_000], reader.TickTimes);
    }

    [Fact]
    public void At_most_so_many_entities_are_asked_as_the_bound_says_oldest_first()
    {
        var reader = new ReaderHarness(new ReaderBounds(SweepMax: 2));
        reader.Chunk(10, ("c", 0), ("a", 1), ("b", 2));
        foreach (var (id, offset) in new[] { ("b", 2), ("a", 1), ("c", 0) })
            reader.Answer(id, offset, -1);
        reader.Applies.Clear();

        reader.Machine.OnTick(1_000, Tick.Nothing);
        Assert.Equal(["c", "a"], reader.Applies.Select(a => a.EntityId));
        reader.Answer("c", 0, 0);
        reader.Machine.OnTick(2_000, Tick.Nothing);

        Assert.Equal(["c", "a", "a", "b"], reader.Applies.Select(a => a.EntityId));
    }

    [Fact]
    public void A_clean_entity_is_forgotten_and_comes_back_without_a_predecessor()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0));
        reader.Answer("a", applied: 0, safe: 0);
        Assert.Equal(0, reader.Machine.TrackedCount);

        reader.Chunk(20, ("a", 15));

        Assert.Equal(PartitionId.None, reader.Applies[^1].Previous);
    }

    [Fact]
    public void Answers_of_another_epoch_are_ignored()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0));

        reader.Machine.OnAnswer(new Answer("a", ReaderHarness.Partition, ReaderHarness.Epoch - 1, 0, 0));
        reader.Machine.OnTick(1_000, Tick.Nothing);

        Assert.Equal(1, reader.Machine.TrackedCount);
        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void Fixed_groups_are_ticked_for_ever_with_the_time()
    {
        var reader = new ReaderHarness(fixedGroups: ["g1", "g2"]);
        var tick = new Tick(500, 600);

        reader.Machine.OnTick(1_000, tick);
        reader.Machine.OnTick(2_000, tick);

        Assert.Equal(["g1", "g2", "g1", "g2"], reader.Applies.Select(a => a.EntityId));
        Assert.All(reader.Applies, a => Assert.Equal(tick, a.Tick));
    }

    [Fact]
    public void Reading_pauses_at_the_bound_until_a_commit_makes_room()
    {
        var reader = new ReaderHarness(new ReaderBounds(UncommittedRecordsMax: 10));
        Assert.True(reader.Machine.WantsChunk);
        reader.Chunk(10);
        Assert.False(reader.Machine.WantsChunk);

        reader.Machine.OnTick(1_000, Tick.Nothing);
        reader.Machine.OnCommitted(CommitOutcome.Committed);

        Assert.True(reader.Machine.WantsChunk);
    }

    [Fact]
    public void Reading_pauses_at_the_bound_of_bytes()
    {
        var reader = new ReaderHarness(new ReaderBounds(UncommittedBytesMax: 100));
        reader.Chunk(1);
        Assert.False(reader.Machine.WantsChunk);

        reader.Machine.OnTick(1_000, Tick.Nothing);
        reader.Machine.OnCommitted(CommitOutcome.Committed);

        Assert.True(reader.Machine.WantsChunk);
    }

    [Fact]
    public void Waiting_batches_go_together_as_far_as_one_message_may_hold()
    {
        var reader = new ReaderHarness(new ReaderBounds(ApplyBytesMax: 16));
        foreach (var offset in new[] { 0, 1, 2, 3 })
            reader.Chunk(offset + 1, ("a", offset));

        reader.Answer("a", applied: 0, safe: -1);
        reader.Answer("a", applied: 2, safe: -1);

        Assert.Equal([1, 2, 1], reader.Applies.Select(a => a.Batches.Count));
    }
}
