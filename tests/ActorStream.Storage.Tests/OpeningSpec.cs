using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static ActorStream.Storage.Tests.DataFolder;

namespace ActorStream.Storage.Tests;

/// <summary>What a data folder may be, and the journal's fence in it.</summary>
public sealed class OpeningSpec : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_processes_that_open_a_fresh_folder_at_once_share_one_set_of_topics()
    {
        for (var round = 0; round < 5; round++)
        {
            using var folder = new DataFolder();
            using var barrier = new Barrier(3);
            var opened = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return folder.OpenAsync();
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

            var firsts = await Task.WhenAll(opened.Select(s => s.Topics.AppendAsync("metrics", [Batch(0, "a")])));

            Assert.Equal([0, 1, 2], firsts.Select(f => f.Firsts[0]).Order());
            Assert.All(opened, s => Assert.Equal((1, 4, 4), (s.Topics.IncarnationOf("metrics"), s.Topics.PartitionsOf("metrics"), s.Topics.PartitionsOf("alarms"))));
            foreach (var storage in opened)
                await storage.DisposeAsync();
        }
    }

    [Fact]
    public async Task Another_cluster_is_refused()
    {
        await (await _folder.OpenAsync()).DisposeAsync();

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync(_folder.Options with { ClusterName = "second" }));

        Assert.Contains("belongs to the cluster 'test', this node is of 'second'", refused.Message, StringComparison.Ordinal);
        await (await _folder.OpenAsync()).DisposeAsync();
    }

    [Theory]
    [InlineData("topics.db")]
    [InlineData("state.db")]
    public async Task A_newer_schema_is_refused_in_either_file(string file)
    {
        await (await _folder.OpenAsync()).DisposeAsync();
        Sql(Path.Combine(_folder.Path, file), "UPDATE storage_info SET value = '4' WHERE key = 'schema'");

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync());

        Assert.Contains($"{file} has schema 4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_the_version_before_gets_what_it_lacks_and_keeps_what_it_has()
    {
        await ReadMetricsAsync(position: 1);
        Sql(_folder.StateFile, "DROP TABLE window_result; UPDATE storage_info SET value = '2' WHERE key = 'schema'");
        Sql(_folder.TopicsFile, "UPDATE storage_info SET value = '2' WHERE key = 'schema'");

        await using (var storage = await _folder.OpenAsync())
        {
            Assert.Empty(storage.Results.List("p", 10));
            Assert.Equal(1, storage.Topics.StateOf("metrics", 0).Head);
        }

        Assert.Equal("3", Sql(_folder.TopicsFile, "SELECT value FROM storage_info WHERE key = 'schema'"));
        Assert.Equal("3", Sql(_folder.StateFile, "SELECT value FROM storage_info WHERE key = 'schema'"));
        Assert.Equal(0L, Sql(_folder.TopicsFile, "SELECT count(*) FROM sqlite_master WHERE name = 'window_result'"));
    }

    [Theory]
    [InlineData("DROP TRIGGER journal_fence")]
    [InlineData("DROP TRIGGER journal_fence; CREATE TRIGGER journal_fence BEFORE INSERT ON journal BEGIN SELECT 1; END")]
    public async Task A_journal_without_its_fence_is_refused_and_not_mended_in_silence(string damage)
    {
        await (await _folder.OpenAsync()).DisposeAsync();
        Sql(_folder.StateFile, damage);

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync());

        Assert.Contains("journal_fence", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_inserted_into_the_journal_at_or_below_the_highest_row_even_after_rows_were_deleted()
    {
        await using var storage = await _folder.OpenAsync();
        string Insert(string entity, int number) =>
            $"INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid) VALUES (0, 0, '{entity}', {number}, x'00', '', 1, 'w')";
        foreach (var number in new[] { 1, 2, 3, 5 })
            Sql(_folder.StateFile, Insert("e", number));

        var same = Assert.Throws<SqliteException>(() => Sql(_folder.StateFile, Insert("e", 5)));
        var below = Assert.Throws<SqliteException>(() => Sql(_folder.StateFile, Insert("e", 4)));
        Sql(_folder.StateFile, "UPDATE journal SET deleted = 1 WHERE sequence_number = 5; DELETE FROM journal WHERE sequence_number < 5");
        var afterDeletion = Assert.Throws<SqliteException>(() => Sql(_folder.StateFile, Insert("e", 2)));
        Sql(_folder.StateFile, Insert("e", 6));
        Sql(_folder.StateFile, Insert("other", 1));

        Assert.All(new[] { same, below, afterDeletion }, e => Assert.Contains("fenced", e.Message, StringComparison.Ordinal));
        Assert.Equal("5,6", Sql(_folder.StateFile, "SELECT group_concat(sequence_number) FROM (SELECT sequence_number FROM journal WHERE persistence_id = 'e' ORDER BY 1)"));
    }

    [Fact]
    public async Task Another_number_of_partitions_is_refused()
    {
        await (await _folder.OpenAsync()).DisposeAsync();

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync(_folder.Options with { MetricPartitions = 8 }));

        Assert.Contains("made with 4 partitions and 8 are configured", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync(_folder.Options with { MetricPartitions = 0 }));
    }

    [Fact]
    public async Task Topics_made_anew_get_the_next_incarnation_while_the_state_remembers_the_old_one()
    {
        await ReadMetricsAsync(position: 1);
        File.Delete(_folder.TopicsFile);

        await using var storage = await _folder.OpenAsync();

        Assert.Equal(2, storage.Topics.IncarnationOf("metrics"));
        Assert.Equal(1, storage.Topics.IncarnationOf("alarms"));
        Assert.Equal(0, storage.Topics.StateOf("metrics", 0).Head);
    }

    [Fact]
    public async Task Topics_older_than_the_state_are_refused()
    {
        await ReadMetricsAsync(position: 1);
        Sql(_folder.TopicsFile, "UPDATE topic_partition SET next_offset = 0");

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync());

        Assert.Contains("ends at offset 0, but its readers have committed 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_lives_in_kafka_is_not_made_here_and_coming_back_to_an_older_one_is_refused()
    {
        await (await _folder.OpenAsync()).DisposeAsync();
        var kafka = _folder.Options with { ExternalTopics = ["metrics"] };
        await using (var storage = await _folder.OpenAsync(kafka))
        {
            var partition = new PartitionId("alarms", "metrics", 2, 0);
            var row = await storage.Commits.ClaimAsync(partition, 0);
            await storage.Commits.CommitAsync(partition, row with { Serial = 1, Position = 5_000 });
        }

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _folder.OpenAsync());

        Assert.Contains("incarnation 1", refused.Message, StringComparison.Ordinal);
        await (await _folder.OpenAsync(kafka)).DisposeAsync();
    }

    [Fact]
    public async Task Internal_topics_lie_with_the_journal_and_a_users_topics_with_the_metrics()
    {
        await using var storage = await _folder.OpenAsync(_folder.Options with { MoreTopics = _folder.Options.MoreTopics.Add("logs", 2) });
        await storage.Topics.AppendAsync("alarms", [Batch(0, "a")]);
        await storage.Topics.AppendAsync("logs", [Batch(1, "b")]);

        Assert.Equal("alarms", Sql(_folder.StateFile, "SELECT group_concat(name) FROM topic"));
        Assert.Equal("logs,metrics,pipelines,rules", Sql(_folder.TopicsFile, "SELECT group_concat(name) FROM (SELECT name FROM topic ORDER BY name)"));
        Assert.Equal(1L, Sql(_folder.StateFile, "SELECT count(*) FROM topic_batch"));
    }

    [Fact]
    public async Task Durability_is_set_on_every_connection_and_both_files_are_write_ahead_logs()
    {
        await using var normal = await _folder.OpenAsync();
        await using var full = await _folder.OpenAsync(_folder.Options with { StateSurvivesPowerLoss = true });

        string JournalConnection(SqliteStorage storage)
        {
            using var connection = new SqliteConnection(storage.Journal.ConnectionString + ";Pooling=False");
            connection.Open();
            storage.Journal.Prepare(connection);
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT (SELECT journal_mode FROM pragma_journal_mode) || ' ' || (SELECT synchronous FROM pragma_synchronous) || ' ' || (SELECT timeout FROM pragma_busy_timeout)";
            return (string)command.ExecuteScalar()!;
        }

        Assert.Equal("wal 1 5000", JournalConnection(normal));
        Assert.Equal("wal 2 5000", JournalConnection(full));
        Assert.Equal("wal", Sql(_folder.TopicsFile, "PRAGMA journal_mode"));
    }

    private async Task ReadMetricsAsync(long position)
    {
        await using var storage = await _folder.OpenAsync();
        await storage.Topics.AppendAsync("metrics", [Batch(0, "a")]);
        var partition = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
        var row = await storage.Commits.ClaimAsync(partition, 0);
        await storage.Commits.CommitAsync(partition, row with { Serial = 1, Position = position });
    }
}
