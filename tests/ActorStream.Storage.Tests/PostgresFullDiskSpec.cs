using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Tests.Shared;
using static ActorStream.Storage.Tests.DataFolder;

namespace ActorStream.Storage.Tests;

/// <summary>SQLSTATE 53100: certainly not stored, whether the server says so at a statement or at COMMIT.</summary>
public sealed class PostgresFullDiskSpec
{
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 0);

    private readonly PostgresWorld _world = new();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_disk_is_told_apart_stores_nothing_and_what_is_repeated_when_there_is_room_is_taken_once(bool isAtCommit)
    {
        await using var storage = await _world.OpenAsync();
        await storage.Topics.AppendAsync("metrics", [Batch(0, "before")]);
        await storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 1, "one")]);

        if (isAtCommit)
            PostgresDisk.FillAtCommit(_world.Place, "topic_batch");
        else
            PostgresDisk.Fill(_world.Place);
        for (var round = 0; round < 3; round++)
        {
            var full = await Assert.ThrowsAsync<StorageFullException>(() => storage.Topics.AppendAsync("metrics", [Batch(0, "while full")]));
            Assert.Contains("free some space", full.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StorageFullException>(() => storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 2, "two")]));
        }
        Assert.Equal(new PartitionState(0, 1, 1_000_000), storage.Topics.StateOf("metrics", 0));
        PostgresDisk.Clear(_world.Place);

        Assert.Equal([1], (await storage.Topics.AppendAsync("metrics", [Batch(0, "after")])).Firsts);
        Assert.Equal(2, await storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 2, "two")]));
        Assert.Equal([(0, "before"), (1, "after")], RecordsOf(storage.Topics, "metrics", 0));
        Assert.Equal([(0, "one"), (1, "two")], RecordsOf(storage.Topics, "alarms", 0));
    }

    [SkippableFact]
    public async Task While_it_is_full_the_storage_is_not_writable_and_a_commit_is_told_to_be_unknown_and_leaves_the_row()
    {
        await using var storage = await _world.OpenAsync();
        var row = await storage.Commits.ClaimAsync(Partition, 0);
        Assert.True(await storage.IsWritableAsync());

        PostgresDisk.Fill(_world.Place);
        Assert.False(await storage.IsWritableAsync());
        Assert.Equal(CommitOutcome.Unknown, await storage.Commits.CommitAsync(Partition, row with { Serial = 1, Position = 5 }));
        await Assert.ThrowsAsync<StorageFullException>(() => storage.Commits.ClaimAsync(Partition, 0));
        PostgresDisk.Clear(_world.Place);

        Assert.True(await storage.IsWritableAsync());
        Assert.Equal(CommitOutcome.Committed, await storage.Commits.CommitAsync(Partition, row with { Serial = 2, Position = 6 }));
        Assert.Equal((2, 6), ((await storage.Commits.ClaimAsync(Partition, 0)).Epoch, storage.Commits.RowsOf("alarms")[0].Row.Position));
    }
}
