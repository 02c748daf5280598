using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>The table of window results: rows and position in one transaction (protocol.md rule 29), and no old revision over a newer one (A10).</summary>
public abstract class ResultTableSpec(IStorageWorld world) : IDisposable
{
    private static readonly PartitionId Partition = new("sink.p.table", "results.p", 1, 0);

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task The_table_holds_the_last_revision_of_every_window_with_the_position_that_goes_with_it()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        var (a, b) = (Result("w1", 0), Result("w2", 0) with { StartMs = 5_000, Pipeline = "p" });

        Assert.Equal(CommitOutcome.Committed, await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 2 }, [b, a]));
        Assert.Equal(CommitOutcome.Committed, await storage.Results.WriteAsync(Partition, 2, row with { Serial = 2, Position = 4 }, [a with { Revision = 1, Count = 9 }, a with { Revision = 2, Count = 10 }]));
        await storage.Results.WriteAsync(Partition, 4, row with { Serial = 3, Position = 5 }, [Result("w1", 7) with { Pipeline = "other" }]);

        Assert.Equal([a with { Revision = 2, Count = 10 }, b], storage.Results.List("p", 10));
        Assert.Equal([a with { Revision = 2, Count = 10 }], storage.Results.List("p", 1));
        Assert.Equal(5, Assert.Single(storage.Commits.RowsOf(Partition.Group)).Row.Position);
    }

    [SkippableFact]
    public async Task Rows_of_windows_that_ended_before_a_time_are_deleted_in_more_than_one_transaction_and_no_others()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        var old = Enumerable.Range(0, 5_003).Select(i => Result($"old-{i}", 0) with { StartMs = i, EndMs = 6_000 }).ToArray();
        var (ends, begun, other) = (Result("ends", 0) with { StartMs = 0, EndMs = 6_001 }, Result("begun", 0) with { StartMs = 5_000, EndMs = 9_000 }, Result("old-0", 0) with { Pipeline = "other", StartMs = 0, EndMs = 1 });
        await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 1 }, [.. old, ends, begun, other]);

        Assert.Equal(0, await storage.Results.RetainAsync("p", 6_000));
        Assert.Equal(5_003, await storage.Results.RetainAsync("p", 6_001));

        Assert.Equal([ends, begun], storage.Results.List("p", 10));
        Assert.Equal([other], storage.Results.List("other", 10));
        // What comes late makes the row again.
        await storage.Results.WriteAsync(Partition, 1, row with { Serial = 2, Position = 2 }, [old[0] with { Revision = 1 }]);
        Assert.Equal([ends, old[0] with { Revision = 1 }, begun], storage.Results.List("p", 10));
    }

    [SkippableFact]
    public async Task A_retraction_stays_as_a_row_that_says_where_its_events_went()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        var retracted = Result("session_größer:データ_1000", 1) with { Count = 0, Sum = -0.0, Min = 0, Max = 0, Avg = 0, MergedInto = "session_größer:データ_500", EventTimeMs = null, IsRetracted = true };

        await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 2 }, [retracted with { Revision = 0, MergedInto = null, EventTimeMs = 3, IsRetracted = false }, retracted]);

        Assert.Equal([retracted], storage.Results.List("p", 10));
    }

    [SkippableFact]
    public async Task A_zombie_writes_neither_rows_nor_position()
    {
        await using var zombie = await world.OpenAsync();
        await using var owner = await world.OpenAsync();
        var old = await zombie.Commits.ClaimAsync(Partition, 0);
        var mine = await owner.Commits.ClaimAsync(Partition, 0);
        await owner.Results.WriteAsync(Partition, 0, mine with { Serial = 1, Position = 2 }, [Result("w1", 0), Result("w1", 1)]);

        // It froze before the first write and wakes now, with what it had in hand; the second is behind its own position.
        var late = await zombie.Results.WriteAsync(Partition, 0, old with { Serial = 1, Position = 1 }, [Result("w1", 0), Result("w9", 0)]);
        var elsewhere = await owner.Results.WriteAsync(Partition, 1, mine with { Serial = 2, Position = 3 }, [Result("w9", 0)]);

        Assert.Equal((CommitOutcome.Fenced, CommitOutcome.Fenced), (late, elsewhere));
        Assert.Equal([Result("w1", 1)], owner.Results.List("p", 10));
        Assert.Equal(2, Assert.Single(owner.Commits.RowsOf(Partition.Group)).Row.Position);
    }

    [SkippableFact]
    public async Task A_position_that_was_set_back_does_not_bring_old_revisions_back()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 2 }, [Result("w1", 0), Result("w1", 1)]);
        await storage.Commits.CommitAsync(Partition, row with { Serial = 2, Position = 0 });

        await storage.Results.WriteAsync(Partition, 0, row with { Serial = 3, Position = 1 }, [Result("w1", 0)]);

        Assert.Equal([Result("w1", 1)], storage.Results.List("p", 10));
    }

    [SkippableFact]
    public async Task A_write_that_waits_in_vain_is_unknown_and_stored_nothing_and_may_be_repeated()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        var held = world.HoldCommits();

        var outcome = await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 1 }, [Result("w1", 0)]);
        held.Dispose();

        Assert.Equal(CommitOutcome.Unknown, outcome);
        Assert.Empty(storage.Results.List("p", 10));
        Assert.Equal(0, Assert.Single(storage.Commits.RowsOf(Partition.Group)).Row.Position);
        Assert.Equal(CommitOutcome.Committed, await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 1 }, [Result("w1", 0)]));
        Assert.Equal([Result("w1", 0)], storage.Results.List("p", 10));
    }

    [SkippableFact]
    public async Task Rows_and_position_survive_the_process_together()
    {
        await using (var storage = await world.OpenAsync())
        {
            var row = await storage.Commits.ClaimAsync(Partition, 0);
            await storage.Results.WriteAsync(Partition, 0, row with { Serial = 1, Position = 3 }, [Result("w1", 4)]);
        }

        await using var again = await world.OpenAsync();

        Assert.Equal(3, (await again.Commits.ClaimAsync(Partition, 0)).Position);
        Assert.Equal([Result("w1", 4)], again.Results.List("p", 10));
    }

    internal static ResultRow Result(string windowId, int revision) => new(
        "p", windowId, revision, 1_000, 2_000, "a\"b,c", 3 + revision, 0.1, -1.5, 1.7e308, 0.1 / 3, """{"count":3,"quantiles":{"0.95":1}}""", null, 1_999, 5_000 + revision);
}

public sealed class ResultTableOnSqliteSpec() : ResultTableSpec(new DataFolder());

public sealed class ResultTableOnPostgresSpec() : ResultTableSpec(new PostgresWorld());
