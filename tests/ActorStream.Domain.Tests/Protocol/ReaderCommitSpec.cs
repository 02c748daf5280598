using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>What a reader commits, and how it ends.</summary>
public sealed class ReaderCommitSpec
{
    [Fact]
    public void A_commit_never_passes_what_is_not_safe_and_ends_at_a_chunk()
    {
        var reader = new ReaderHarness();
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
        Assert.Equal((10L, ReaderHarness.Epoch, 1L, 110L, 10L), (commit.Position, commit.Epoch, commit.Serial, commit.MaxEventTime, commit.Counters.Records));

        reader.Machine.OnCommitted(CommitOutcome.Committed);
        reader.Answer("c", applied: 12, safe: 12);
        reader.Machine.OnTick(3_000, Tick.Nothing);

        Assert.Equal((20L, 2L), (reader.Commits[^1].Position, reader.Commits[^1].Serial));
    }

    [Fact]
    public void Chunks_without_records_for_anyone_are_committed()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10);

        reader.Machine.OnTick(1_000, Tick.Nothing);

        Assert.Equal(10, Assert.Single(reader.Commits).Position);
    }

    [Fact]
    public void One_commit_is_in_flight_and_a_lost_answer_is_followed_by_a_higher_serial()
    {
        var reader = new ReaderHarness();
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
        var reader = new ReaderHarness();
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
    public void A_fenced_reader_stops_and_does_nothing_more()
    {
        var reader = new ReaderHarness();
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
        var reader = new ReaderHarness();
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
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0));
        reader.Machine.OnStop(1_000);

        reader.Machine.OnTick(5_999, Tick.Nothing);
        Assert.Null(reader.Stopped);
        reader.Machine.OnTick(6_000, Tick.Nothing);

        Assert.Equal("stopped as planned", reader.Stopped);
        Assert.Empty(reader.Commits);
    }
}
