using System.Text;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

public abstract class CompactedSpec(IStorageWorld world) : IDisposable
{
    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task Changes_are_the_latest_row_of_each_key_in_order_of_position_tombstones_included()
    {
        await using var storage = await world.OpenAsync();

        var positions = new List<long>();
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "1"), ("a", "2"), ("b", null), ("c", "") })
            positions.Add((await storage.Compacted.PutAsync("rules", key, value is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(value))).Position);

        Assert.Equal([0, 1, 2, 3, 4], positions);
        Assert.Equal(["a=2@2", "b=null@3", "c=@4"], Changes(storage.Compacted, -1));
        Assert.Equal(["b=null@3", "c=@4"], Changes(storage.Compacted, 2));
        Assert.Empty(Changes(storage.Compacted, 4));
    }

    [SkippableFact]
    public async Task Positions_go_on_over_processes_and_restarts_and_append_times_do_not_fall()
    {
        await using (var one = await world.OpenAsync())
        await using (var two = await world.OpenAsync())
            await Task.WhenAll(Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? one : two).Compacted.PutAsync("rules", $"{i % 7}", new[] { (byte)i })));

        world.Time.Advance(TimeSpan.FromSeconds(2));
        await using var after = await world.OpenAsync();
        var put = await after.Compacted.PutAsync("rules", "new", null);

        Assert.Equal((50, 1_002_000), put);
        Assert.Equal(8, Changes(after.Compacted, -1).Count);
    }

    [SkippableFact]
    public async Task Of_two_nodes_that_put_the_first_row_of_a_key_under_the_condition_that_there_is_none_one_does()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();

        var puts = await Task.WhenAll(new[] { one, two }.Select(s => s.Compacted.PutIfAtAsync("pipelines", "a", "1"u8.ToArray(), -1)));
        await one.Compacted.PutAsync("pipelines", "b", null);
        var afterTombstone = await one.Compacted.PutIfAtAsync("pipelines", "b", "2"u8.ToArray(), -1);

        Assert.Single(puts, p => p is not null);
        Assert.Null(afterTombstone);
    }

    [SkippableFact]
    public async Task A_put_with_a_condition_is_done_only_while_the_key_is_at_that_position()
    {
        await using var storage = await world.OpenAsync();
        var made = await storage.Compacted.PutAsync("rules", "a", "1"u8.ToArray());

        var first = await storage.Compacted.PutIfAtAsync("rules", "a", "2"u8.ToArray(), made.Position);
        var second = await storage.Compacted.PutIfAtAsync("rules", "a", "3"u8.ToArray(), made.Position);
        var missing = await storage.Compacted.PutIfAtAsync("rules", "b", "4"u8.ToArray(), made.Position);
        var deleted = await storage.Compacted.PutIfAtAsync("rules", "a", null, first!.Value.Position);

        Assert.Null(second);
        Assert.Null(missing);
        Assert.Equal((1, 2), (first.Value.Position, deleted!.Value.Position));
        Assert.Equal(["a=null@2"], Changes(storage.Compacted, -1));
    }

    [SkippableFact]
    public async Task Of_many_editors_in_two_processes_who_saw_one_version_exactly_one_is_done()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();
        var made = await one.Compacted.PutAsync("rules", "a", "0"u8.ToArray());

        var done = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? one : two).Compacted.PutIfAtAsync("rules", "a", new[] { (byte)i }, made.Position)));

        Assert.Single(done, d => d is not null);
    }

    [SkippableFact]
    public async Task Pipelines_have_a_topic_beside_the_rules_and_the_state_says_about_how_large_it_is()
    {
        await using (var storage = await world.OpenAsync())
            await storage.Compacted.PutAsync("pipelines", "orders", new byte[] { 1 });
        await using var again = await world.OpenAsync();

        Assert.Equal("orders", Assert.Single(again.Compacted.ChangesAfter("pipelines", -1)).Key);
        Assert.Empty(again.Compacted.ChangesAfter("rules", -1));
        Assert.True(again.StateBytes > 4_096, $"{again.StateBytes} bytes");
    }

    private static List<string> Changes(ICompactedTopic topic, long after) =>
        topic.ChangesAfter("rules", after).Select(c => $"{c.Key}={(c.Value is { } v ? Encoding.UTF8.GetString(v.Span) : "null")}@{c.Position}").ToList();
}

public sealed class CompactedOnSqliteSpec() : CompactedSpec(new DataFolder());

public sealed class CompactedOnPostgresSpec() : CompactedSpec(new PostgresWorld());
