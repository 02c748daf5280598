using ActorStream.Storage.Contracts;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Storage.Tests;

/// <summary>Commit rows, and the history that moves with one of them.</summary>
public abstract class CommitSpec(IStorageWorld world) : IDisposable
{
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 2);

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task A_claim_makes_the_row_and_the_next_claim_bumps_the_epoch_and_keeps_the_rest()
    {
        await using var storage = await world.OpenAsync();
        var counters = new ReaderCounters(10, 7, 2, 1);

        var made = await storage.Commits.ClaimAsync(Partition, 5);
        var committed = await storage.Commits.CommitAsync(Partition, new CommitRow(1, 3, 15, 777, true, counters, new byte[] { 1, 2 }, 9));
        var claimed = await storage.Commits.ClaimAsync(Partition, 5);

        Assert.Equal((1, 0, 5, PartitionId.NoTime, false), (made.Epoch, made.Serial, made.Position, made.MaxEventTime, made.Idle));
        Assert.Equal(0, made.ProcessorState.Length);
        Assert.Equal(CommitOutcome.Committed, committed);
        Assert.Equal((2, 0, 15, 777, true, 9), (claimed.Epoch, claimed.Serial, claimed.Position, claimed.MaxEventTime, claimed.Idle, claimed.ConfigVersion));
        Assert.Equal(counters, claimed.Counters);
        Assert.Equal([1, 2], claimed.ProcessorState.ToArray());
    }

    [SkippableFact]
    public async Task A_commit_of_an_older_epoch_or_a_passed_serial_is_fenced_and_changes_nothing()
    {
        await using var storage = await world.OpenAsync();
        var zombie = await storage.Commits.ClaimAsync(Partition, 0);
        var owner = await storage.Commits.ClaimAsync(Partition, 0);

        var outcomes = new[]
        {
            await storage.Commits.CommitAsync(Partition, owner with { Serial = 2, Position = 20 }),
            await storage.Commits.CommitAsync(Partition, zombie with { Serial = 9, Position = 90 }),
            await storage.Commits.CommitAsync(Partition, owner with { Serial = 2, Position = 21 }),
            await storage.Commits.CommitAsync(Partition, owner with { Serial = 1, Position = 10 }),
            await storage.Commits.CommitAsync(Partition with { Incarnation = 2 }, owner with { Serial = 3, Position = 30 }),
            await storage.Commits.CommitAsync(Partition with { Partition = 3 }, owner with { Serial = 3, Position = 30 }),
        };

        Assert.Equal([CommitOutcome.Committed, CommitOutcome.Fenced, CommitOutcome.Fenced, CommitOutcome.Fenced, CommitOutcome.Fenced, CommitOutcome.Fenced], outcomes);
        var (id, row) = Assert.Single(storage.Commits.RowsOf("alarms"));
        Assert.Equal(Partition, id);
        Assert.Equal((2, 2, 20), (row.Epoch, row.Serial, row.Position));
    }

    [SkippableFact]
    public async Task A_new_incarnation_starts_anew_under_a_higher_epoch_and_the_old_one_cannot_come_back()
    {
        await using var storage = await world.OpenAsync();
        var old = await storage.Commits.ClaimAsync(Partition, 0);
        await storage.Commits.CommitAsync(Partition, old with { Serial = 1, Position = 50, MaxEventTime = 9, Counters = new ReaderCounters(50, 50, 0, 0) });

        var claimed = await storage.Commits.ClaimAsync(Partition with { Incarnation = 2 }, 3);
        var late = await storage.Commits.CommitAsync(Partition, old with { Serial = 2, Position = 60 });

        Assert.Equal((2, 0, 3, PartitionId.NoTime), (claimed.Epoch, claimed.Serial, claimed.Position, claimed.MaxEventTime));
        Assert.Equal(default, claimed.Counters);
        Assert.Equal(CommitOutcome.Fenced, late);
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.Commits.ClaimAsync(Partition, 0));
    }

    [SkippableFact]
    public async Task Readers_in_several_processes_that_claim_at_once_get_different_epochs()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();

        var claims = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? one : two).Commits.ClaimAsync(Partition, 0)));

        Assert.Equal(Enumerable.Range(1, 40).Select(e => (long)e), claims.Select(c => c.Epoch).Order());
    }

    [SkippableFact]
    public async Task A_commit_that_waits_in_vain_for_the_database_is_unknown_not_an_exception()
    {
        await using var storage = await world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        var held = world.HoldCommits();

        var outcome = await storage.Commits.CommitAsync(Partition, row with { Serial = 1, Position = 5 });
        held.Dispose();
        var again = await storage.Commits.CommitAsync(Partition, row with { Serial = 1, Position = 5 });

        Assert.Equal((CommitOutcome.Unknown, CommitOutcome.Committed), (outcome, again));
    }

    [SkippableFact]
    public async Task History_stores_whole_alarms_once_and_lists_the_newest_first()
    {
        await using var storage = await world.OpenAsync();
        var partition = new PartitionId("history", "alarms", 1, 0);
        var row = await storage.Commits.ClaimAsync(partition, 0);
        var (first, second, third) = (Alarm(1, "cpu"), Alarm(2, "mem"), Alarm(3, "cpu") with { Value = double.MaxValue, Series = SeriesKey.Empty });

        await storage.History.WriteAsync(partition, 0, row with { Serial = 1, Position = 2 }, [first, second]);
        await storage.History.WriteAsync(partition, 2, row with { Serial = 2, Position = 4 }, [first, third]);

        Assert.Equal([third, second, first], Listed(storage, null, 10));
        Assert.Equal([third, first], Listed(storage, "cpu", 10));
        Assert.Equal([third], Listed(storage, null, 1));
    }

    [SkippableFact]
    public async Task History_writes_nothing_when_its_position_is_elsewhere_or_its_epoch_is_over()
    {
        await using var storage = await world.OpenAsync();
        var partition = new PartitionId("history", "alarms", 1, 0);
        var zombie = await storage.Commits.ClaimAsync(partition, 0);
        var owner = await storage.Commits.ClaimAsync(partition, 0);

        var elsewhere = await storage.History.WriteAsync(partition, 1, owner with { Serial = 1, Position = 2 }, [Alarm(1, "cpu")]);
        var over = await storage.History.WriteAsync(partition, 0, zombie with { Serial = 1, Position = 2 }, [Alarm(1, "cpu")]);

        Assert.Equal((CommitOutcome.Fenced, CommitOutcome.Fenced), (elsewhere, over));
        Assert.Empty(Listed(storage, null, 10));
        Assert.Equal(0, storage.Commits.RowsOf("history")[0].Row.Position);
    }

    [SkippableFact]
    public async Task Retention_removes_alarms_by_the_time_they_were_stored()
    {
        await using var storage = await world.OpenAsync(TimeSpan.FromHours(1));
        var partition = new PartitionId("history", "alarms", 1, 0);
        var row = await storage.Commits.ClaimAsync(partition, 0);
        await storage.History.WriteAsync(partition, 0, row with { Serial = 1, Position = 1 }, [Alarm(1, "cpu")]);
        world.Time.Advance(TimeSpan.FromHours(1));
        await storage.History.WriteAsync(partition, 1, row with { Serial = 2, Position = 2 }, [Alarm(2, "cpu")]);

        var early = await storage.RetainAsync();
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        var due = await storage.RetainAsync();

        Assert.Equal((0, 1), (early, due));
        Assert.Equal([Alarm(2, "cpu")], Listed(storage, null, 10));
    }

    private static AlarmRecord[] Listed(INodeStorage storage, string? metric, int limit) => [.. storage.History.List(new AlarmQuery(metric, Limit: limit)).Select(a => a.Alarm)];

    private static AlarmRecord Alarm(long offset, string metric)
    {
        var cause = new AppliedOffset(new PartitionId("alarms", "metrics", 1, 3), offset);
        var rule = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        var series = new SeriesKey([KeyValuePair.Create("host", "a\"b,c"), KeyValuePair.Create("zone", "ü")]);
        return new AlarmRecord(AlarmId.Of(rule, cause.Partition, offset), rule, 17, metric, series, cause, 0.1, ComparisonOperator.GreaterOrEqual, "95", 1234, 1240, "https://example.test/hook/secret");
    }
}

public sealed class CommitOnSqliteSpec() : CommitSpec(new DataFolder());

public sealed class CommitOnPostgresSpec() : CommitSpec(new PostgresWorld());
