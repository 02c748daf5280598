using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

public sealed class ReaderMachineSpec
{
    private const long Epoch = 7;
    private static readonly CommitRow Row = new(Epoch, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 1);

    [Fact]
    public void Entities_do_not_wait_for_each_other_and_each_has_one_message_with_records_in_flight()
    {
        var reader = new Harness();
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
    public void A_commit_never_passes_what_is_not_safe_and_ends_at_a_chunk()
    {
        var reader = new Harness();
        reader.Chunk(10, ("a", 0), ("b", 5));
        reader.Chunk(20, ("c", 12));
        reader.Chunk(30, ("d", 25));
        reader.Answer("a", applied: 0, safe: 0);
        reader.Answer("b", applied: 5, safe: -1);

        reader.Machine.OnTick(1_000, Tick.Nothing);
        Assert.Empty(reader.Commits);
        reader.Answer("b", applied: 5, safe: 5);
        reader.Machine.OnTick(2_000, Tick.Nothing);
        var commit = Assert.Single(reader.Commits);
        Assert.Equal((10L, Epoch, 1L, 110L, 10L), (commit.Position, commit.Epoch, commit.Serial, commit.MaxEventTime, commit.Counters.Records));

        reader.Machine.OnCommitted(CommitOutcome.Committed);
        reader.Answer("c", applied: 12, safe: 12);
        reader.Machine.OnTick(3_000, Tick.Nothing);

        Assert.Equal((20L, 2L), (reader.Commits[^1].Position, reader.Commits[^1].Serial));
    }

    [Fact]
    public void Chunks_without_records_for_anyone_are_committed()
    {
        var reader = new Harness();
        reader.Chunk(10);

        reader.Machine.OnTick(1_000, Tick.Nothing);

        Assert.Equal(10, Assert.Single(reader.Commits).Position);
    }

    [Fact]
    public void One_commit_is_in_flight_and_a_lost_answer_is_followed_by_a_higher_serial()
    {
        var reader = new Harness();
        reader.Chunk(10);
        reader.Machine.OnTick(1_000, Tick.Nothing);
        reader.Machine.OnTick(2_000, Tick.Nothing);
        Assert.Single(reader.Commits);

        reader.Machine.OnCommitted(CommitOutcome.Unknown);
        Assert.Equal(0, reader.Machine.Position);
        reader.Machine.OnTick(3_000, Tick.Nothing);

        Assert.Equal([1L, 2], reader.Commits.Select(c => c.Serial));
    }

    [Fact]
    public void No_lower_commit_follows_one_whose_answer_was_lost_when_a_record_joins_a_safe_one_in_flight()
    {
        // After a restart the entity has more than the reader knows: the first answer makes the record safe that is sent because of it.
        var reader = new Harness();
        reader.Chunk(10, ("a", 0));
        reader.Chunk(20, ("a", 12));
        reader.Answer("a", applied: 12, safe: 12);
        Assert.Equal(("a", 12L, 12L), reader.Sent()[^1]);
        reader.Machine.OnTick(1_000, Tick.Nothing);
        Assert.Equal(20, Assert.Single(reader.Commits).Position);

        reader.Machine.OnCommitted(CommitOutcome.Unknown);
        reader.Chunk(30, ("a", 25));
        reader.Machine.OnTick(2_000, Tick.Nothing);

        Assert.Equal([20L, 20], reader.Commits.Select(c => c.Position));
        Assert.Equal([1L, 2], reader.Commits.Select(c => c.Serial));
    }

    [Fact]
    public void An_entity_that_lost_what_it_had_acknowledged_makes_the_reader_start_again()
    {
        var reader = new Harness();
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
        var reader = new Harness();
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
        var reader = new Harness();
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
        var reader = new Harness(new ReaderBounds(SweepMax: 2));
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
        var reader = new Harness();
        reader.Chunk(10, ("a", 0));
        reader.Answer("a", applied: 0, safe: 0);
        Assert.Equal(0, reader.Machine.TrackedCount);

        reader.Chunk(20, ("a", 15));

        Assert.Equal(PartitionId.None, reader.Applies[^1].Previous);
    }

    [Fact]
    public void Answers_of_another_epoch_are_ignored()
    {
        var reader = new Harness();
        reader.Chunk(10, ("a", 0));

        reader.Machine.OnAnswer(new Answer("a", Harness.Partition, Epoch - 1, 0, 0));
        reader.Machine.OnTick(1_000, Tick.Nothing);

        Assert.Equal(1, reader.Machine.TrackedCount);
        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void Fixed_groups_are_ticked_for_ever_with_the_time()
    {
        var reader = new Harness(fixedGroups: ["g1", "g2"]);
        var tick = new Tick(500, 600);

        reader.Machine.OnTick(1_000, tick);
        reader.Machine.OnTick(2_000, tick);

        Assert.Equal(["g1", "g2", "g1", "g2"], reader.Applies.Select(a => a.EntityId));
        Assert.All(reader.Applies, a => Assert.Equal(tick, a.Tick));
    }

    [Fact]
    public void Reading_pauses_at_the_bound_until_a_commit_makes_room()
    {
        var reader = new Harness(new ReaderBounds(UncommittedRecordsMax: 10));
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
        var reader = new Harness(new ReaderBounds(UncommittedBytesMax: 100));
        reader.Chunk(1);
        Assert.False(reader.Machine.WantsChunk);

        reader.Machine.OnTick(1_000, Tick.Nothing);
        reader.Machine.OnCommitted(CommitOutcome.Committed);

        Assert.True(reader.Machine.WantsChunk);
    }

    [Fact]
    public void Waiting_batches_go_together_as_far_as_one_message_may_hold()
    {
        var reader = new Harness(new ReaderBounds(ApplyBytesMax: 16));
        foreach (var offset in new[] { 0, 1, 2, 3 })
            reader.Chunk(offset + 1, ("a", offset));

        reader.Answer("a", applied: 0, safe: -1);
        reader.Answer("a", applied: 2, safe: -1);

        Assert.Equal([1, 2, 1], reader.Applies.Select(a => a.Batches.Count));
    }

    [Fact]
    public void A_fenced_reader_stops_and_does_nothing_more()
    {
        var reader = new Harness();
        reader.Chunk(10);
        reader.Machine.OnTick(1_000, Tick.Nothing);

        reader.Machine.OnCommitted(CommitOutcome.Fenced);
        reader.Chunk(20, ("a", 11));
        reader.Machine.OnTick(2_000, Tick.Nothing);

        Assert.Contains("another reader owns", reader.Stopped, StringComparison.Ordinal);
        Assert.False(reader.Machine.WantsChunk);
        Assert.Empty(reader.Applies);
        Assert.Single(reader.Commits);
    }

    [Fact]
    public void A_planned_stop_asks_everyone_commits_the_rest_and_ends()
    {
        var reader = new Harness();
        reader.Chunk(10, ("a", 0));
        reader.Answer("a", applied: 0, safe: -1);

        reader.Machine.OnStop(1_000);
        Assert.False(reader.Machine.WantsChunk);
        Assert.Equal(("a", 0), (reader.Applies[^1].EntityId, reader.Applies[^1].Batches.Count));
        reader.Answer("a", applied: 0, safe: 0);
        reader.Machine.TryCommit();
        Assert.Null(reader.Stopped);
        reader.Machine.OnCommitted(CommitOutcome.Committed);

        Assert.Equal(10, Assert.Single(reader.Commits).Position);
        Assert.Equal("stopped as planned", reader.Stopped);
    }

    [Fact]
    public void A_planned_stop_waits_at_most_five_seconds_for_entities_that_do_not_answer()
    {
        var reader = new Harness();
        reader.Chunk(10, ("a", 0));
        reader.Machine.OnStop(1_000);

        reader.Machine.OnTick(5_999, Tick.Nothing);
        Assert.Null(reader.Stopped);
        reader.Machine.OnTick(6_000, Tick.Nothing);

        Assert.Equal("stopped as planned", reader.Stopped);
        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void What_is_due_is_told_to_entities_that_have_nothing_under_way_whether_tracked_or_not()
    {
        var reader = new Harness();
        reader.Chunk(10, ("a", 0), ("b", 5));
        reader.Answer("b", applied: 5, safe: PartitionId.None);
        reader.Applies.Clear();

        reader.Machine.OnDue(1_000, [Due("a", 0), Due("b", 5), Due("c", 7)], new Tick(500, 600));

        Assert.Equal(["b", "c"], reader.Applies.Select(a => a.EntityId));
        Assert.Equal([5, PartitionId.None], reader.Applies.Select(a => a.Previous));
        Assert.All(reader.Applies, a => Assert.Equal((500L, 600L), (a.Tick!.Value.Watermark, a.Tick!.Value.HeadTime)));
        Assert.Equal(new DueSeries("s", 7), Assert.Single(reader.Applies[1].Tick!.Value.Due));
        Assert.Equal(2, reader.Machine.TrackedCount);
    }

    [Fact]
    public void What_is_due_waits_for_records_that_wait_for_their_entity()
    {
        var reader = new Harness(new ReaderBounds(ApplyBytesMax: 8));
        reader.Chunk(10, ("a", 0));
        reader.Chunk(20, ("a", 15));
        reader.Answer("a", applied: 0, safe: 0);
        reader.Applies.Clear();

        reader.Machine.OnDue(1_000, [Due("a", 15)], new Tick(500, 600));
        Assert.Empty(reader.Applies);
        reader.Answer("a", applied: 15, safe: 15);
        reader.Machine.OnDue(2_000, [Due("a", 15)], new Tick(500, 600));

        Assert.Single(reader.Applies);
    }

    [Fact]
    public void Unanswered_words_of_what_is_due_back_off_to_five_seconds()
    {
        var reader = new Harness();

        for (var nowMs = 1_000; nowMs <= 20_000; nowMs += 1_000)
        {
            reader.Machine.OnDue(nowMs, [Due("a", 0)], new Tick(500, nowMs));
            if (reader.Applies.Count > reader.TickTimes.Count)
                reader.TickTimes.Add(nowMs);
        }
        reader.Answer("a", applied: 0, safe: 0);
        reader.Machine.OnDue(21_000, [Due("a", 0)], new Tick(500, 600));

        Assert.Equal([1_000, 2_000, 4_000, 8_000, 13_000, 18_000], reader.TickTimes);
        Assert.Equal(7, reader.Applies.Count);
    }

    [Fact]
    public void A_reader_that_stops_tells_nobody_what_is_due()
    {
        var reader = new Harness();
        reader.Machine.OnStop(1_000);

        reader.Machine.OnDue(1_000, [Due("a", 0)], new Tick(500, 600));

        Assert.Empty(reader.Applies);
    }

    private static RoutedDue Due(string entity, long lastOffset) => new(entity, [new DueSeries("s", lastOffset)]);

    private sealed class Harness : IReaderEffects
    {
        public static readonly PartitionId Partition = new("alarms", "metrics", 1, 0);

        public Harness(ReaderBounds? bounds = null, string[]? fixedGroups = null) =>
            Machine = new ReaderMachine(Partition, Row, bounds ?? new ReaderBounds(), fixedGroups ?? [], this);

        public ReaderMachine Machine { get; }

        public List<Apply> Applies { get; } = [];

        public List<CommitRow> Commits { get; } = [];

        public List<int> TickTimes { get; } = [];

        public string? Restarted { get; private set; }

        public string? Stopped { get; private set; }

        /// <summary>A chunk up to an offset; its greatest event time is that + 100, its size 100 bytes.</summary>
        public void Chunk(long next, params (string Entity, int Offset)[] records)
        {
            var batches = records.GroupBy(r => r.Entity).Select(g => new RoutedBatch(g.Key, new OffsetBatch([.. g.Select(r => (long)r.Offset)])));
            Machine.OnChunk(new DecodedChunk(next, next + 100, new ReaderCounters(next, next, 0, 0), 100, [.. batches]));
        }

        public void Answer(string entity, long applied, long safe) => Machine.OnAnswer(new Answer(entity, Partition, Epoch, applied, safe));

        /// <summary>Messages with records: entity, first and last offset.</summary>
        public List<(string Entity, long First, long Last)> Sent() =>
            [.. Applies.Where(a => a.Batches.Count > 0).Select(a => (a.EntityId, a.Batches[0].FirstOffset, a.Batches[^1].LastOffset))];

        void IReaderEffects.Send(Apply apply) => Applies.Add(apply);

        void IReaderEffects.Commit(CommitRow row) => Commits.Add(row);

        void IReaderEffects.Restart(string reason) => Restarted = reason;

        void IReaderEffects.Stop(string reason) => Stopped = reason;
    }

    private sealed class OffsetBatch(long[] offsets) : EntityBatch
    {
        public override int Count => offsets.Length;

        public override int WireBytes => 8;

        public override long OffsetAt(int index) => offsets[index];
    }
}
