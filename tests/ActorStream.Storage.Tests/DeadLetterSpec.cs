using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

public abstract class DeadLetterSpec(IStorageWorld world) : IDisposable
{
    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task The_same_letter_is_one_row_and_counts_once()
    {
        await using var storage = await world.OpenAsync();

        await storage.DeadLetters.AddAsync([Letter(1), Letter(2), Letter(1)]);
        await storage.DeadLetters.AddAsync([Letter(2), Letter(3, "late")]);

        Assert.Equal([Letter(3, "late"), Letter(2), Letter(1)], storage.DeadLetters.List(10));
        Assert.Equal(new Dictionary<string, long> { ["unreadable"] = 2, ["late"] = 1 }, storage.DeadLetters.Counts());
    }

    [SkippableFact]
    public async Task Rows_are_capped_per_reason_and_minute_and_counters_stay_exact_even_when_a_replay_repeats_them()
    {
        await using var storage = await world.OpenAsync();
        var flood = Enumerable.Range(0, 1500).Select(i => Letter(i)).ToList();

        await storage.DeadLetters.AddAsync(flood);
        await storage.DeadLetters.AddAsync(flood);
        await storage.DeadLetters.AddAsync([Letter(1, "late") with { Id = "late@1" }]);
        var capped = storage.DeadLetters.List(10_000).Count;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await storage.DeadLetters.AddAsync([Letter(9000)]);

        Assert.Equal(1001, capped);
        Assert.Equal(1002, storage.DeadLetters.List(10_000).Count);
        Assert.Equal(new Dictionary<string, long> { ["unreadable"] = 1501, ["late"] = 1 }, storage.DeadLetters.Counts());
    }

    [SkippableFact]
    public async Task Retention_removes_old_rows_and_keeps_the_counters()
    {
        await using var storage = await world.OpenAsync(TimeSpan.FromHours(1));
        await storage.DeadLetters.AddAsync(Enumerable.Range(0, 1100).Select(i => Letter(i)).ToList());
        world.Time.Advance(TimeSpan.FromHours(2));
        await storage.DeadLetters.AddAsync([Letter(5000)]);

        var deleted = await storage.RetainAsync();

        Assert.Equal(1100, deleted);
        Assert.Equal([Letter(5000)], storage.DeadLetters.List(10));
        Assert.Equal(1101, storage.DeadLetters.Counts()["unreadable"]);
    }

    private static DeadLetterEntry Letter(int offset, string reason = "unreadable") =>
        new($"alarms/metrics.1/0@{offset}", reason, "metrics", 42 + offset, "Not JSON at byte 3; send one object a record.", "{{{");
}

public sealed class DeadLetterOnSqliteSpec() : DeadLetterSpec(new DataFolder());

public sealed class DeadLetterOnPostgresSpec() : DeadLetterSpec(new PostgresWorld());
