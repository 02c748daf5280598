using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>protocol.md rules 11 and 12: who raises whose time, to what, and when reading goes on.</summary>
public sealed class ReaderIdleSpec
{
    private const long Timeout = 30_000;

    private static readonly TimePolicy Time = new(DelayMs: 5_000, IdleTimeoutMs: Timeout);

    private static CommitRow Row(long maxEventTime, bool idle = false) => ReaderHarness.RowAt(10, maxEventTime, idle);

    [Fact]
    public void The_watermark_is_the_least_over_all_partitions_less_the_delay()
    {
        Assert.Equal(95_000, Time.Watermark([Row(100_000), Row(300_000, idle: true)]));
        Assert.Equal(PartitionId.NoTime, Time.Watermark([Row(100_000), null]));
        Assert.Equal(PartitionId.NoTime, Time.Watermark([Row(100_000), Row(PartitionId.NoTime)]));
    }

    [Fact]
    public void A_partition_at_its_end_with_nothing_new_for_the_timeout_follows_the_slowest_of_those_that_are_not_idle()
    {
        var reader = AtRest(100_000);

        Look(reader, 0, Row(500_000), Row(700_000));
        Look(reader, Timeout - 1, Row(500_000), Row(700_000));
        Assert.Empty(reader.Commits);

        Look(reader, Timeout, Row(500_000), Row(700_000));
        Committed(reader, 100_000, "it is idle itself now, and not raised by its own row");
        Look(reader, Timeout + 1_000, Row(500_000), Row(700_000));
        Committed(reader, 500_000, "the slowest that is not idle");
        Look(reader, Timeout + 2_000, Row(500_000), Row(700_000));
        Assert.Equal(2, reader.Commits.Count);
        Look(reader, Timeout + 3_000, Row(600_000), Row(700_000));
        Committed(reader, 600_000, "it goes on with the others");
    }

    [Fact]
    public void One_that_never_held_a_record_follows_at_once()
    {
        var reader = new ReaderHarness(time: Time);

        Look(reader, 0, head: 0, Row(500_000));
        Committed(reader, PartitionId.NoTime, "idle first");
        Look(reader, 1_000, head: 0, Row(500_000));

        Committed(reader, 500_000, "then raised");
    }

    [Fact]
    public void Nobody_raises_before_every_partition_has_a_row()
    {
        var reader = AtRest(100_000);

        reader.Machine.OnRows(0, [reader.Machine.Committed, null], 10, hasEnded: false);
        reader.Machine.OnRows(Timeout, [reader.Machine.Committed, null], 10, hasEnded: false);

        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void All_idle_rise_to_the_greatest_of_all_whoever_fell_silent_first()
    {
        var reader = AtRest(100_000, idle: true);

        Look(reader, 0, Row(500_000, idle: true), Row(700_000, idle: true));
        Look(reader, Timeout, Row(500_000, idle: true), Row(700_000, idle: true));

        Committed(reader, 700_000, "the greatest");
    }

    [Fact]
    public void Without_a_record_anywhere_nothing_rises()
    {
        var reader = new ReaderHarness(time: Time with { CloseOnIdle = true }, row: ReaderHarness.RowAt(0, PartitionId.NoTime, idle: true));

        Look(reader, 0, head: 0, ReaderHarness.RowAt(0, PartitionId.NoTime, idle: true));
        Look(reader, 100_000, head: 0, ReaderHarness.RowAt(0, PartitionId.NoTime, idle: true));

        Assert.Empty(reader.Commits);
    }

    [Theory]
    [InlineData(false, 100_000)]
    [InlineData(true, 102_000)]
    public void With_close_on_idle_time_goes_on_when_all_are_idle(bool closeOnIdle, long expected)
    {
        var reader = AtRest(100_000, time: Time with { CloseOnIdle = closeOnIdle });
        Look(reader, 0);
        Look(reader, Timeout);
        Committed(reader, 100_000, "idle first");

        Look(reader, Timeout + 2_000);
        if (closeOnIdle)
            reader.Machine.OnCommitted(CommitOutcome.Committed);

        Assert.Equal(expected, reader.Machine.MaxEventTime);
    }

    [Fact]
    public void With_close_on_idle_a_reader_that_finds_its_row_idle_counts_from_when_it_saw_it_and_not_from_the_beginning_of_the_clock()
    {
        const long uptime = 86_400_000;
        var reader = AtRest(100_000, idle: true, time: Time with { CloseOnIdle = true });

        Look(reader, uptime);
        Look(reader, uptime + Timeout);

        Committed(reader, 100_000 + Timeout, "as long as it has seen it idle");
    }

    [Fact]
    public void Nothing_is_read_before_the_raise_is_acknowledged_and_a_lost_answer_is_asked_again_with_the_same_value()
    {
        var reader = AtRest(100_000, idle: true);
        Look(reader, 0, Row(500_000));
        Look(reader, Timeout, Row(500_000));
        Assert.False(reader.Machine.WantsChunk);
        Assert.False(reader.Machine.CanTakeChunk);

        reader.Machine.OnCommitted(CommitOutcome.Unknown);
        Assert.False(reader.Machine.CanTakeChunk);
        Look(reader, Timeout + 1_000, Row(900_000));

        Assert.Equal([500_000L, 500_000], reader.Commits.Select(c => c.MaxEventTime));
        Assert.True(reader.Commits[1].Serial > reader.Commits[0].Serial);
        reader.Machine.OnCommitted(CommitOutcome.Committed);
        Assert.True(reader.Machine.CanTakeChunk);
        Assert.Equal(500_000, reader.Machine.MaxEventTime);
    }

    [Fact]
    public void The_next_commit_that_moves_the_position_is_not_idle_any_more()
    {
        var reader = AtRest(100_000, idle: true);

        reader.Chunk(20, ("a", 10));
        reader.Answer("a", applied: 10, safe: 10);
        reader.Machine.TryCommit();

        Assert.False(reader.Commits.Single().Idle);
    }

    [Fact]
    public void What_is_read_but_not_committed_keeps_a_partition_awake()
    {
        var reader = AtRest(100_000);
        Look(reader, 0, Row(500_000));
        reader.Chunk(20, ("a", 10));

        reader.Machine.OnRows(2 * Timeout, [reader.Machine.Committed, Row(500_000)], 20, hasEnded: false);

        Assert.Empty(reader.Commits);
    }

    [Fact]
    public void At_the_end_of_a_bounded_source_time_goes_to_its_end()
    {
        var reader = AtRest(100_000);

        reader.Machine.OnRows(0, [reader.Machine.Committed, Row(500_000)], 10, hasEnded: true);
        reader.Machine.OnCommitted(CommitOutcome.Committed);
        reader.Machine.OnRows(1_000, [reader.Machine.Committed, Row(500_000)], 10, hasEnded: true);

        Assert.Equal(PartitionId.EndOfTime, Assert.Single(reader.Commits).MaxEventTime);
        Assert.Equal(PartitionId.EndOfTime - 5_000, Time.Watermark([reader.Machine.Committed]));
    }

    [Fact]
    public void One_that_is_only_silent_does_not_follow_one_that_has_ended()
    {
        var reader = AtRest(100_000, idle: true);

        Look(reader, 0, Row(200_000, idle: true), Row(PartitionId.EndOfTime, idle: true));
        Look(reader, Timeout, Row(200_000, idle: true), Row(PartitionId.EndOfTime, idle: true));

        Committed(reader, 200_000, "the greatest of those that may still go on");
    }

    [Fact]
    public void A_partition_too_far_ahead_of_the_slowest_pauses_until_that_has_come_on()
    {
        var reader = AtRest(100_000, time: Time with { AlignmentMs = 60_000 });

        Look(reader, 0, Row(39_999));
        Assert.False(reader.Machine.WantsChunk);
        Look(reader, 1_000, Row(40_000));

        Assert.True(reader.Machine.WantsChunk);
    }

    private static ReaderHarness AtRest(long maxEventTime, bool idle = false, TimePolicy? time = null) => new(time: time ?? Time, row: Row(maxEventTime, idle));

    private static void Look(ReaderHarness reader, long nowMs, params CommitRow[] others) => Look(reader, nowMs, 10, others);

    private static void Look(ReaderHarness reader, long nowMs, long head, params CommitRow[] others) =>
        reader.Machine.OnRows(nowMs, [reader.Machine.Committed, .. others], head, hasEnded: false);

    private static void Committed(ReaderHarness reader, long maxEventTime, string why)
    {
        var row = reader.Commits[^1];
        Assert.True((row.MaxEventTime, row.Idle) == (maxEventTime, true), $"{row} is not at {maxEventTime}: {why}");
        reader.Machine.OnCommitted(CommitOutcome.Committed);
    }
}
