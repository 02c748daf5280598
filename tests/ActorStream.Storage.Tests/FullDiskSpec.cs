using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using static ActorStream.Storage.Tests.DataFolder;

namespace ActorStream.Storage.Tests;

public sealed class FullDiskSpec : IDisposable
{
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 0);

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_is_told_apart_keeps_what_was_stored_and_goes_on_when_its_bound_is_raised()
    {
        await using var storage = await _folder.OpenAsync(_folder.Options with { TopicsPagesMax = 100 });

        var stored = await FillAsync(storage);
        var writable = await storage.IsWritableAsync();
        var claimed = await storage.Commits.ClaimAsync(Partition, 0);
        await storage.SetTopicsPagesMaxAsync(10_000);
        var resumed = await storage.Topics.AppendAsync("metrics", [Page("after")]);

        Assert.InRange(stored, 5, 100);
        Assert.False(writable);
        Assert.Equal(1, claimed.Epoch);
        Assert.Equal(stored, resumed.Firsts[0]);
        Assert.Equal(stored + 1, RecordsOf(storage.Topics, "metrics", 0).Count);
        Assert.True(await storage.IsWritableAsync());
    }

    [Fact]
    public async Task A_full_disk_goes_on_by_itself_when_retention_has_made_room()
    {
        await using var storage = await _folder.OpenAsync(_folder.Options with { TopicsPagesMax = 100 });
        var stored = await FillAsync(storage);

        var row = await storage.Commits.ClaimAsync(Partition, 0);
        await storage.Commits.CommitAsync(Partition, row with { Serial = 1, Position = stored });
        await storage.Topics.RetainAsync("metrics", ["alarms"], long.MaxValue);
        var resumed = await storage.Topics.AppendAsync("metrics", [Page("after")]);

        Assert.Equal(stored, resumed.Firsts[0]);
        Assert.Equal(new PartitionState(stored, stored + 1, 1_000_000), storage.Topics.StateOf("metrics", 0));
    }

    private static async Task<long> FillAsync(SqliteStorage storage)
    {
        for (var stored = 0L; ; stored++)
        {
            try
            {
                await storage.Topics.AppendAsync("metrics", [Page($"{stored}")]);
            }
            catch (StorageFullException)
            {
                Assert.Equal(stored, storage.Topics.StateOf("metrics", 0).Head);
                return stored;
            }
        }
    }

    private static NewBatch Page(string name) => Batch(0, name + new string('.', 9000));
}
