using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>Due rows (protocol.md rule 27): one per entity, partition and series, which never goes back.</summary>
public abstract class DueSpec(IStorageWorld world) : IDisposable
{
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 2);

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task Rows_of_the_partition_come_when_they_are_due_earliest_first_up_to_the_limit()
    {
        await using var storage = await world.OpenAsync();
        DueRow[] rows = [Row("cpu", "host:b", 2, 300), Row("cpu", "host:a", 1, 200), Row("disk", "", 5, 100), Row("cpu", "host:c", 9, 401)];
        await storage.Due.ArmAsync(rows);
        await storage.Due.ArmAsync([rows[0] with { Partition = Partition with { Partition = 3 } }, rows[0] with { Partition = Partition with { Incarnation = 2 } }, rows[0] with { Partition = Partition with { Group = "windows" } }]);

        Assert.Equal([rows[2], rows[1], rows[0]], storage.Due.DueAt(Partition, 400, 10));
        Assert.Equal([rows[2], rows[1]], storage.Due.DueAt(Partition, 400, 2));
        Assert.Equal([rows[2]], storage.Due.DueAt(Partition, 100, 10));
        Assert.Empty(storage.Due.DueAt(Partition, 99, 10));
    }

    [SkippableFact]
    public async Task A_row_goes_on_to_a_later_sample_and_never_back_to_an_older_one()
    {
        await using var storage = await world.OpenAsync();

        await storage.Due.ArmAsync([Row("cpu", "", 5, 500)]);
        await storage.Due.ArmAsync([Row("cpu", "", 7, 700)]);
        await storage.Due.ArmAsync([Row("cpu", "", 6, 9_000)]);

        Assert.Equal([Row("cpu", "", 7, 700)], storage.Due.DueAt(Partition, 10_000, 10));
    }

    [SkippableFact]
    public async Task The_same_sample_may_get_another_time()
    {
        await using var storage = await world.OpenAsync();

        await storage.Due.ArmAsync([Row("cpu", "", 5, 500)]);
        await storage.Due.ArmAsync([Row("cpu", "", 5, 400)]);
        await storage.Due.ArmAsync([Row("cpu", "", 5, 900)]);

        Assert.Equal([Row("cpu", "", 5, 900)], storage.Due.DueAt(Partition, 10_000, 10));
    }

    [SkippableFact]
    public async Task A_row_is_removed_only_while_it_holds_that_sample()
    {
        await using var storage = await world.OpenAsync();
        await storage.Due.ArmAsync([Row("cpu", "host:a", 7, 700), Row("cpu", "host:b", 8, 800)]);

        // An incarnation that knows an older sample lets go of it late.
        await storage.Due.DisarmAsync([Row("cpu", "host:a", 5, 500), Row("cpu", "host:b", 9, 900), Row("disk", "host:a", 7, 700)]);
        Assert.Equal(2, storage.Due.DueAt(Partition, 10_000, 10).Count);
        await storage.Due.DisarmAsync([Row("cpu", "host:a", 7, 0)]);

        Assert.Equal([Row("cpu", "host:b", 8, 800)], storage.Due.DueAt(Partition, 10_000, 10));
    }

    [SkippableFact]
    public async Task The_same_series_has_a_row_of_its_own_for_each_entity_and_partition()
    {
        await using var storage = await world.OpenAsync();
        var neighbour = Partition with { Partition = 3 };
        DueRow[] rows = [Row("cpu", "host:a", 7, 700), Row("disk", "host:a", 5, 500), Row("cpu", "host:a", 6, 600) with { Partition = neighbour }];

        foreach (var row in rows)
            await storage.Due.ArmAsync([row]);
        Assert.Equal([rows[1], rows[0]], storage.Due.DueAt(Partition, 10_000, 10));
        await storage.Due.DisarmAsync([rows[0]]);

        Assert.Equal([rows[1]], storage.Due.DueAt(Partition, 10_000, 10));
        Assert.Equal([rows[2]], storage.Due.DueAt(neighbour, 10_000, 10));
    }

    [SkippableFact]
    public async Task Rows_survive_the_process()
    {
        await using (var storage = await world.OpenAsync())
            await storage.Due.ArmAsync([Row("cpu", "größer:データ", 7, 700)]);

        await using var again = await world.OpenAsync();

        Assert.Equal([Row("cpu", "größer:データ", 7, 700)], again.Due.DueAt(Partition, 700, 10));
    }

    private static DueRow Row(string entity, string series, long lastOffset, long dueMs) => new(entity, Partition, series, lastOffset, dueMs);
}

public sealed class DueOnSqliteSpec() : DueSpec(new DataFolder());

public sealed class DueOnPostgresSpec() : DueSpec(new PostgresWorld());
