using System.Text;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>Rules taken over from another log: every node imports it, and all see one order.</summary>
public abstract class ImportSpec(IStorageWorld world) : IDisposable
{
    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task A_record_changes_its_key_only_when_it_is_newer_than_the_one_it_came_from_and_a_deletion_is_a_record()
    {
        await using var storage = await world.OpenAsync();

        Assert.Equal(2, await ImportAsync(storage, Record("a", "1", 0, 10, 500), Record("b", "1", 1, 3, 600)));
        Assert.Equal(0, await ImportAsync(storage, Record("a", "1", 0, 10, 500), Record("a", "0", 0, 9, 9_000)));
        Assert.Equal(2, await ImportAsync(storage, Record("a", "2", 0, 11, 400), Record("b", null, 1, 4, 700)));

        Assert.Equal(["a=2@2 of 400", "b=null@3 of 700"], Changes(storage));
    }

    [SkippableFact]
    public async Task Between_partitions_of_the_source_the_later_time_wins_and_the_later_to_come_at_the_same_time()
    {
        await using var storage = await world.OpenAsync();
        await ImportAsync(storage, Record("a", "1", 0, 10, 500));

        Assert.Equal(0, await ImportAsync(storage, Record("a", "old", 1, 99, 499)));
        Assert.Equal(1, await ImportAsync(storage, Record("a", "2", 1, 5, 500)));
        Assert.Equal(0, await ImportAsync(storage, Record("a", "again", 1, 5, 500)));

        Assert.Equal(["a=2@1 of 500"], Changes(storage));
    }

    [SkippableFact]
    public async Task Nodes_that_import_the_same_log_at_once_in_pieces_of_their_own_end_with_one_change_for_each_record_that_counts()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();
        await using var three = await world.OpenAsync();
        ImportedRecord[] log = [.. Enumerable.Range(0, 60).Select(i => Record($"key-{i % 7}", i % 5 == 4 ? null : $"{i}", 0, i, 1_000 + i))];

        await Task.WhenAll(ImportAllAsync(one, log, 1), ImportAllAsync(two, log, 4), ImportAllAsync(three, log, 60));

        // The last record of each key, in the order of the log.
        Assert.Equal(Enumerable.Range(53, 7).Select(i => $"key-{i % 7}={(i % 5 == 4 ? "null" : $"{i}")} of {1_000 + i}"), Changes(one).Select(WithoutPosition));
        Assert.Equal(Changes(one), Changes(three));
    }

    [SkippableFact]
    public async Task Positions_go_on_after_those_of_other_changes_and_a_put_wins_until_something_newer_comes()
    {
        await using var storage = await world.OpenAsync();
        await storage.Compacted.PutAsync("rules", "a", "put"u8.ToArray());

        Assert.Equal(0, await ImportAsync(storage, Record("a", "older", 0, 1, 999_999)));
        Assert.Equal(1, await ImportAsync(storage, Record("a", "newer", 0, 2, 1_000_000)));

        Assert.Equal(["a=newer@1 of 1000000"], Changes(storage));
    }

    private static async Task ImportAllAsync(INodeStorage storage, ImportedRecord[] log, int pieceOf)
    {
        foreach (var piece in log.Chunk(pieceOf))
            await ImportAsync(storage, piece);
    }

    private static Task<int> ImportAsync(INodeStorage storage, params ImportedRecord[] records) => storage.Compacted.ImportAsync("rules", records);

    private static ImportedRecord Record(string key, string? value, int partition, long offset, long timeMs) =>
        new(key, value is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(value), partition, offset, timeMs);

    private static List<string> Changes(INodeStorage storage) =>
        [.. storage.Compacted.ChangesAfter("rules", -1).Select(c => $"{c.Key}={(c.Value is { } v ? Encoding.UTF8.GetString(v.Span) : "null")}@{c.Position} of {c.AppendTimeMs}")];

    private static string WithoutPosition(string change) => change[..change.IndexOf('@', StringComparison.Ordinal)] + change[change.IndexOf(" of", StringComparison.Ordinal)..];
}

public sealed class ImportOnSqliteSpec() : ImportSpec(new DataFolder());

public sealed class ImportOnPostgresSpec() : ImportSpec(new PostgresWorld());
