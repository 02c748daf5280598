using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using Npgsql;

namespace ActorStream.Storage.Tests;

/// <summary>What a node finds in a database, and what it refuses.</summary>
public sealed class PostgresOpeningSpec
{
    private readonly PostgresWorld _world = new();

    [SkippableFact]
    public async Task Nodes_that_start_at_once_on_an_empty_database_make_one_schema()
    {
        var storages = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _world.OpenAsync()));

        Assert.All(storages, s => Assert.Equal((4, 1), (s.Topics.PartitionsOf("metrics"), s.Topics.IncarnationOf("metrics"))));
        foreach (var storage in storages)
            await storage.DisposeAsync();
        Assert.False(await PostgresStorage.MigrateAsync(_world.Options));
    }

    [SkippableFact]
    public async Task Another_cluster_is_refused_with_both_names()
    {
        await (await _world.OpenAsync()).DisposeAsync();

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => PostgresStorage.OpenAsync(_world.Options with { ClusterName = "other" }, _world.Time));

        Assert.Contains("'test'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", refused.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("UPDATE storage_info SET value = '99' WHERE key = 'schema'", "schema 99")]
    [InlineData("DROP TRIGGER journal_fence ON journal", "journal_fence")]
    [InlineData("ALTER TABLE journal DISABLE TRIGGER journal_fence", "journal_fence")]
    [InlineData("CREATE OR REPLACE FUNCTION journal_fence() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "journal_fence")]
    public async Task A_newer_schema_or_an_open_fence_is_refused(string change, string named)
    {
        await (await _world.OpenAsync()).DisposeAsync();
        _world.Sql(change);

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => _world.OpenAsync());

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_database_of_the_version_before_gets_what_it_lacks_from_whichever_node_comes_first()
    {
        await (await _world.OpenAsync()).DisposeAsync();
        _world.Sql("DROP TABLE window_result; UPDATE storage_info SET value = '1' WHERE key = 'schema'");

        var storages = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _world.OpenAsync()));

        Assert.All(storages, s => Assert.Empty(s.Results.List("p", 10)));
        foreach (var storage in storages)
            await storage.DisposeAsync();
    }

    [SkippableFact]
    public async Task Another_number_of_partitions_is_refused()
    {
        await (await _world.OpenAsync()).DisposeAsync();

        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => PostgresStorage.OpenAsync(_world.Options with { MetricPartitions = 8 }, _world.Time));

        Assert.Contains("4 partitions and 8", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_topic_made_anew_has_the_next_incarnation_after_what_its_readers_read()
    {
        await using (var first = await _world.OpenAsync())
            await first.Commits.ClaimAsync(new Domain.Records.PartitionId("alarms", "metrics", 1, 0), 0);
        _world.Sql("DELETE FROM topic WHERE name = 'metrics'");

        await using var second = await _world.OpenAsync();

        Assert.Equal(2, second.Topics.IncarnationOf("metrics"));
    }

    [Fact]
    public async Task A_connection_string_that_cannot_be_read_is_refused_without_quoting_it()
    {
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => PostgresStorage.OpenAsync(new PostgresOptions("Host=x;Passwort=hunter2", "test"), _world.Time));

        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable() =>
        await Assert.ThrowsAsync<StorageUnavailableException>(() => PostgresStorage.OpenAsync(new PostgresOptions("Host=127.0.0.1;Port=1;Username=x;Database=x", "test"), TimeProvider.System));

    [SkippableFact]
    public async Task The_fence_refuses_what_lies_at_or_below_the_highest_row_whether_deleted_or_not()
    {
        await (await _world.OpenAsync()).DisposeAsync();
        const string Insert = "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (0, false, 'e', {0}, '')";
        foreach (var number in new[] { 1, 2, 3 })
            _world.Sql(string.Format(System.Globalization.CultureInfo.InvariantCulture, Insert, number));
        _world.Sql("DELETE FROM journal WHERE sequence_number < 3");

        var refused = Assert.Throws<PostgresException>(() => _world.Sql(string.Format(System.Globalization.CultureInfo.InvariantCulture, Insert, 2)));

        Assert.Equal("fenced", refused.MessageText);
        Assert.Equal(1L, _world.Sql("SELECT count(*) FROM journal"));
    }

    [SkippableFact]
    public async Task A_node_that_falls_silent_inside_a_transaction_does_not_keep_its_rows()
    {
        await using var storage = await _world.OpenAsync();
        await using var frozen = new NpgsqlConnection(storage.Journal.ConnectionString);
        await frozen.OpenAsync();
        await using var held = new NpgsqlCommand("BEGIN; SELECT 1 FROM topic_partition FOR UPDATE", frozen);
        await held.ExecuteNonQueryAsync();

        var appended = await storage.Topics.AppendAsync("metrics", [DataFolder.Batch(0, "a")]).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal([0], appended.Firsts);
        await using var late = new NpgsqlCommand("COMMIT", frozen);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => late.ExecuteNonQueryAsync());
    }
}
