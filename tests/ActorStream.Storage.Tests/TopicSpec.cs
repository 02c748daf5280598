using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using static ActorStream.Storage.Tests.DataFolder;

namespace ActorStream.Storage.Tests;

public abstract class TopicSpec(IStorageWorld world) : IDisposable
{
    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task Appended_batches_are_read_back_with_their_offsets_after_a_restart()
    {
        await using (var first = await world.OpenAsync())
        {
            await first.Topics.AppendAsync("metrics", [Batch(1, "a", "b")]);
            await first.Topics.AppendAsync("metrics", [Batch(1, "c"), Batch(0, "d")]);
        }

        await using var second = await world.OpenAsync();
        var appended = await second.Topics.AppendAsync("metrics", [Batch(3, "x"), Batch(1, "e"), Batch(0, "f")]);

        Assert.Equal([0, 3, 1], appended.Firsts);
        Assert.Equal(1_000_000, appended.AppendTimeMs);
        Assert.Equal([(0, "a"), (1, "b"), (2, "c"), (3, "e")], RecordsOf(second.Topics, "metrics", 1));
        Assert.Equal([(0, "d"), (1, "f")], RecordsOf(second.Topics, "metrics", 0));
        Assert.Equal(new PartitionState(0, 4, 1_000_000), second.Topics.StateOf("metrics", 1));
        Assert.Equal(new PartitionState(0, 0, 0), second.Topics.StateOf("metrics", 2));
    }

    [SkippableFact]
    public async Task Read_starts_inside_a_batch_and_ends_at_its_bounds_but_never_without_a_batch()
    {
        await using var storage = await world.OpenAsync();
        var batch = Batch(0, "a", "b", "c");
        for (var i = 0; i < 4; i++)
            await storage.Topics.AppendAsync("metrics", [batch]);

        IReadOnlyList<long> Firsts(long from, int recordsMax, int bytesMax) => storage.Topics.Read("metrics", 0, from, recordsMax, bytesMax).Select(b => b.FirstOffset).ToList();

        Assert.Equal([3, 6, 9], Firsts(4, 1000, 1 << 20));
        Assert.Equal([3], Firsts(4, 1, 1 << 20));
        Assert.Equal([3, 6], Firsts(4, 5, 1 << 20));
        Assert.Equal([3, 6], Firsts(4, 7, 1 << 20));
        Assert.Equal([0], Firsts(0, 1000, 1));
        Assert.Equal([0, 3], Firsts(0, 1000, 2 * batch.Blob.Length));
        Assert.Empty(Firsts(12, 1000, 1 << 20));
    }

    [SkippableFact]
    public async Task Append_time_never_falls_when_the_clock_does()
    {
        await using var storage = await world.OpenAsync();
        await storage.Topics.AppendAsync("metrics", [Batch(0, "a")]);

        var earlier = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(5));
        await using var behind = await world.OpenAsync(time: earlier);
        var appended = await behind.Topics.AppendAsync("metrics", [Batch(0, "b")]);

        Assert.Equal(1_000_000, appended.AppendTimeMs);
        Assert.Equal(1_000_000, storage.Topics.StateOf("metrics", 0).LastAppendTimeMs);
    }

    [SkippableFact]
    public async Task Batches_under_one_mark_are_taken_once_over_all_partitions_and_after_a_restart_and_under_another_mark_refused()
    {
        await using (var first = await world.OpenAsync())
            Assert.Equal([0, 0], (await first.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a", "b"), Batch(2, "c")]))!.Firsts);

        await using var second = await world.OpenAsync();

        Assert.Null(await second.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a", "b"), Batch(2, "c")]));
        Assert.NotNull(await second.Topics.AppendAsync("metrics", "http-idem/other", 1, [Batch(0, "d")]));
        await Assert.ThrowsAsync<SenderReusedException>(() => second.Topics.AppendAsync("metrics", "http-idem/k", 3, [Batch(0, "e")]));
        Assert.Equal([(0, "a"), (1, "b"), (2, "d")], RecordsOf(second.Topics, "metrics", 0));
        Assert.Equal([(0, "c")], RecordsOf(second.Topics, "metrics", 2));
    }

    [SkippableFact]
    public async Task Behind_the_horizon_a_mark_is_forgotten_and_taken_again()
    {
        await using var storage = await world.OpenAsync();
        await storage.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a")]);

        Assert.Equal(0, await storage.ForgetSendersAsync("metrics", "http-idem/", 1_000_000));
        Assert.Null(await storage.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a")]));
        Assert.Equal(1, await storage.ForgetSendersAsync("metrics", "http-idem/", 1_000_001));
        Assert.NotNull(await storage.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a")]));
    }

    [SkippableFact]
    public async Task An_append_repeated_after_a_lost_answer_is_taken_once()
    {
        await using var storage = await world.OpenAsync();
        NumberedRecord[] items = [Item(0, 1, "one"), Item(2, 2, "two"), Item(0, 3, "three")];

        var first = await storage.Topics.AppendAsync("alarms", "sender", items);
        var again = await storage.Topics.AppendAsync("alarms", "sender", items);
        var further = await storage.Topics.AppendAsync("alarms", "sender", [items[2], Item(0, 4, "four")]);

        Assert.Equal((3, 3, 4), (first, again, further));
        Assert.Equal([(0, "one"), (1, "three"), (2, "four")], RecordsOf(storage.Topics, "alarms", 0));
        Assert.Equal([(0, "two")], RecordsOf(storage.Topics, "alarms", 2));
    }

    [SkippableFact]
    public async Task A_gap_is_refused_with_its_numbers_and_stores_nothing()
    {
        await using var storage = await world.OpenAsync();
        await storage.Topics.AppendAsync("alarms", "sender", [Item(0, 1, "one")]);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => storage.Topics.AppendAsync("alarms", "sender", [Item(0, 3, "three")]));

        Assert.Contains("number 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", refused.Message, StringComparison.Ordinal);
        Assert.Equal([(0, "one")], RecordsOf(storage.Topics, "alarms", 0));
        Assert.Equal(1, await storage.Topics.AppendAsync("alarms", "another", [Item(0, 1, "other")]));
    }

    [SkippableFact]
    public async Task A_refused_append_does_not_fail_those_that_share_its_commit()
    {
        await using var storage = await world.OpenAsync();

        var calls = Enumerable.Range(0, 200).Select(i => i % 10 == 0
            ? storage.Topics.AppendAsync("alarms", $"gap-{i}", [Item(0, 7, "never")])
            : storage.Topics.AppendAsync("alarms", $"sender-{i}", [Item(0, 1, $"{i}")])).ToList();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(calls));

        Assert.All(calls.Where((_, i) => i % 10 == 0), c => Assert.IsType<InvalidOperationException>(c.Exception!.InnerException));
        Assert.All(calls.Where((_, i) => i % 10 != 0), c => Assert.True(c.IsCompletedSuccessfully));
        Assert.Equal(180, RecordsOf(storage.Topics, "alarms", 0).Count);
    }

    [SkippableFact]
    public async Task Appended_tells_each_partition_and_its_head_after_the_commit()
    {
        await using var storage = await world.OpenAsync();
        var told = new List<(string, int, long)>();
        storage.Topics.Appended += (topic, partition, head) => told.Add((topic, partition, head));

        await storage.Topics.AppendAsync("metrics", [Batch(2, "a", "b"), Batch(0, "c")]);
        await storage.Topics.AppendAsync("alarms", "sender", [Item(1, 1, "x"), Item(1, 2, "y")]);
        await storage.Compacted.PutAsync("rules", "r", new byte[] { 1 });

        Assert.Equal([("metrics", 2, 2), ("metrics", 0, 1), ("alarms", 1, 2), ("rules", 0, 1)], told);
    }

    [SkippableFact]
    public async Task Change_stamp_changes_with_a_commit_of_any_process_and_only_then()
    {
        await using var one = await world.OpenAsync();
        await using var other = await world.OpenAsync();
        var before = one.Topics.ChangeStampOf("metrics");

        Assert.Equal(before, one.Topics.ChangeStampOf("metrics"));
        await other.Topics.AppendAsync("metrics", [Batch(0, "a")]);
        var afterOther = await ChangedFromAsync(one.Topics, before);
        await one.Topics.AppendAsync("metrics", [Batch(0, "b")]);
        var afterOwn = one.Topics.ChangeStampOf("metrics");

        Assert.NotEqual(afterOther, afterOwn);
    }

    [SkippableFact]
    public async Task Silent_idempotency_keys_are_forgotten_and_other_senders_are_not()
    {
        await using var storage = await world.OpenAsync();
        foreach (var sender in new[] { "key/a", "key/b", "entity" })
            await storage.Topics.AppendAsync("metrics", sender, [Item(0, 1, sender)]);
        world.Time.Advance(TimeSpan.FromHours(1));
        await storage.Topics.AppendAsync("metrics", "key/b", [Item(0, 2, "again")]);

        var forgotten = await storage.ForgetSendersAsync("metrics", "key/", 1_000_001);
        var repeats = new[]
        {
            await storage.Topics.AppendAsync("metrics", "key/a", [Item(0, 1, "new")]),
            await storage.Topics.AppendAsync("metrics", "key/b", [Item(0, 1, "repeat")]),
            await storage.Topics.AppendAsync("metrics", "entity", [Item(0, 1, "repeat")]),
        };

        Assert.Equal(1, forgotten);
        Assert.Equal([1, 2, 1], repeats);
        Assert.Equal(["key/a", "key/b", "entity", "again", "new"], RecordsOf(storage.Topics, "metrics", 0).Select(r => r.Value));
    }

    [SkippableFact]
    public async Task Wrong_calls_are_refused_before_anything_is_written()
    {
        await using var storage = await world.OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => storage.Topics.AppendAsync("metrics", [Batch(0, "a"), Batch(0, "b")]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => storage.Topics.AppendAsync("metrics", [Batch(4, "a")]));
        await Assert.ThrowsAsync<ArgumentException>(() => storage.Topics.AppendAsync("alarms", "s", [Item(0, 1, "a"), Item(0, 3, "b")]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.Topics.AppendAsync("unknown", [Batch(0, "a")]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.Topics.AppendAsync("rules", [Batch(0, "a")]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.Compacted.PutAsync("metrics", "k", null));

        Assert.Equal(0, storage.Topics.StateOf("metrics", 0).Head);
    }

    [SkippableFact]
    public async Task Retention_deletes_old_batches_that_every_group_has_committed_and_no_others()
    {
        await using var storage = await world.OpenAsync();
        for (var i = 0; i < 3; i++)
            await storage.Topics.AppendAsync("metrics", [Batch(0, "a", "b")]);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await storage.Topics.AppendAsync("metrics", [Batch(0, "young")]);
        var old = 1_000_001;

        await CommitAsync(storage.Commits, "alarms", 7);
        var withoutRow = await storage.Topics.RetainAsync("metrics", ["alarms", "other"], old);
        await CommitAsync(storage.Commits, "other", 3);
        var inTheMiddle = await storage.Topics.RetainAsync("metrics", ["alarms", "other"], old);
        var rest = await storage.Topics.RetainAsync("metrics", ["alarms"], old);
        var again = await storage.Topics.RetainAsync("metrics", ["alarms"], old);

        Assert.Equal((0, 2, 4, 0), (withoutRow, inTheMiddle, rest, again));
        Assert.Equal([(6, "young")], RecordsOf(storage.Topics, "metrics", 0));
        Assert.Equal((6, 7), (storage.Topics.StateOf("metrics", 0).First, storage.Topics.StateOf("metrics", 0).Head));
        Assert.Equal(7, (await storage.Topics.AppendAsync("metrics", [Batch(0, "next")])).Firsts[0]);
    }

    [SkippableFact]
    public async Task Retention_works_through_more_batches_than_one_transaction_takes()
    {
        await using var storage = await world.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => storage.Topics.AppendAsync("metrics", [Batch(0, "a")])));
        await CommitAsync(storage.Commits, "alarms", 590);

        var deleted = await storage.Topics.RetainAsync("metrics", ["alarms"], long.MaxValue);

        Assert.Equal(590, deleted);
        Assert.Equal(10, RecordsOf(storage.Topics, "metrics", 0).Count);
    }

    [SkippableFact]
    public async Task Cancelled_means_not_done_and_leaves_the_writer_at_work()
    {
        await using var storage = await world.OpenAsync();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.Topics.AppendAsync("metrics", [Batch(0, "never")], cancel.Token));
        await storage.Topics.AppendAsync("metrics", [Batch(0, "a")]);

        Assert.Equal([(0, "a")], RecordsOf(storage.Topics, "metrics", 0));
    }

    /// <summary>Another process's commit may be seen with the next poll only.</summary>
    private static async Task<long> ChangedFromAsync(ITopicStore topics, long before)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (topics.ChangeStampOf("metrics") == before)
            await poll.WaitForNextTickAsync(deadline.Token);
        return topics.ChangeStampOf("metrics");
    }

    private static async Task CommitAsync(ICommitStore commits, string group, long position)
    {
        var partition = new PartitionId(group, TopicNames.Metrics, 1, 0);
        var row = await commits.ClaimAsync(partition, 0);
        Assert.Equal(CommitOutcome.Committed, await commits.CommitAsync(partition, row with { Serial = 1, Position = position }));
    }
}

public sealed class TopicOnSqliteSpec() : TopicSpec(new DataFolder());

public sealed class TopicOnPostgresSpec() : TopicSpec(new PostgresWorld());
