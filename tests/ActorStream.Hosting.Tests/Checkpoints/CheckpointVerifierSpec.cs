using ActorStream.Node.Cli;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using Xunit;

namespace ActorStream.Hosting.Tests.Checkpoints;

public sealed class SqliteCheckpointSpec(SqliteRun run) : CheckpointVerifierSpec(run), IClassFixture<SqliteRun>
{
    private readonly SqliteRun _run = run;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Looking_at_a_folder_makes_and_changes_no_file(bool wasStopped)
    {
        using var copy = (FolderCopy)_run.Duplicate();
        copy.Sql("PRAGMA wal_checkpoint(TRUNCATE)");
        copy.Sql("PRAGMA wal_checkpoint(TRUNCATE)", inTopics: true);
        using var held = wasStopped ? null : copy.Hold();
        var before = Files(copy.Folder);

        var report = await copy.VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.Equal(before, Files(copy.Folder));
        Assert.Equal(wasStopped, !before.Any(f => f.Name.EndsWith("-wal", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_folder_that_is_missing_or_is_none_is_a_sentence_and_stays_as_it_is()
    {
        var folder = Directory.CreateTempSubdirectory("as-none-").FullName;
        var missing = Path.Combine(folder, "nothing");

        var none = Assert.Throws<StorageRefusedException>(() => SqliteStateReader.Open(missing));
        var empty = Assert.Throws<StorageRefusedException>(() => SqliteStateReader.Open(folder));
        File.WriteAllText(Path.Combine(folder, "topics.db"), "");
        File.WriteAllText(Path.Combine(folder, "state.db"), "");
        var foreign = Assert.Throws<StorageRefusedException>(() => SqliteStateReader.Open(folder));

        Assert.Contains($"{missing} does not exist", none.Message);
        Assert.Contains("is no data folder", empty.Message);
        Assert.Contains("has schema none", foreign.Message);
        Assert.Equal(["state.db", "topics.db"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_command_verifies_a_folder_and_its_exit_code_says_whether_a_restart_can_use_it()
    {
        using var copy = (FolderCopy)_run.Duplicate();
        var file = copy.WritePipeline();

        var whole = await CommandAsync("checkpoint", "verify", "--data", copy.Folder);
        var one = await CommandAsync("checkpoint", "verify", "orders", "--data", copy.Folder);
        // As versions before wrote it.
        copy.Sql("UPDATE compacted_record SET value = CAST('{\"running\":true}' AS BLOB) WHERE key = 'orders'", inTopics: true);
        var unknown = await CommandAsync("checkpoint", "verify", "--data", copy.Folder);
        var given = await CommandAsync("checkpoint", "verify", "--data", copy.Folder, "--pipeline", file);
        copy.Sql($"DELETE FROM journal WHERE persistence_id = '{_run.Busy}' AND sequence_number = 203");
        var damaged = await CommandAsync("checkpoint", "verify", "--data", copy.Folder, "--pipeline", file);

        Assert.Equal((ExitCode.Done, ""), (whole.Code, whole.Error));
        Assert.StartsWith($"cluster actorstream, {copy.Folder}\npipeline orders: 4 key groups", whole.Output);
        Assert.EndsWith("A restart can go on from here.\n", whole.Output);
        Assert.Equal(ExitCode.Done, one.Code);
        Assert.DoesNotContain("notice", one.Output);
        Assert.Equal(ExitCode.Done, unknown.Code);
        Assert.Contains("note: What pipeline orders is, neither the cluster nor the settings say", unknown.Output);
        Assert.Equal(whole, given);
        Assert.Equal(ExitCode.Failed, damaged.Code);
        Assert.Contains($"fault: {_run.Busy}, sequence 203: event 203 is missing between 202 and 204. Restore the state from a backup.\n", damaged.Output);
    }

    [Fact]
    public async Task The_command_lists_partitions_and_key_groups_and_refuses_what_is_not_there()
    {
        using var copy = (FolderCopy)_run.Duplicate();

        var list = await CommandAsync("checkpoint", "list", "--data", copy.Folder);
        var nobody = await CommandAsync("checkpoint", "list", "nobody", "--data", copy.Folder);
        var nowhere = await CommandAsync("checkpoint", "list", "--data", Path.Combine(copy.Folder, "nowhere"));

        Assert.Equal((ExitCode.Done, ""), (list.Code, list.Error));
        Assert.Matches($@"orders-in/1 +{_run.Appended} +{_run.Appended} +0 +1 +\d+ +2023-11-14T22:13:24\.900Z", list.Output);
        Assert.Matches($@"\n  {_run.Busy.Split('/')[1]} +2\d\d +200 +\d+ +\d+ +\d+ +20\d\d-", list.Output);
        Assert.Contains("alarm: 1 entities", list.Output);
        Assert.Equal((ExitCode.Failed, $"There is no pipeline 'nobody' in {copy.Folder}; there are orders.\n"), (nobody.Code, nobody.Error));
        Assert.Equal(ExitCode.Failed, nowhere.Code);
        Assert.Contains("does not exist", nowhere.Error);
        Assert.False(Directory.Exists(Path.Combine(copy.Folder, "nowhere")));
    }

    private static async Task<(int Code, string Output, string Error)> CommandAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ActorStreamCommand.RunAsync(args, output, error);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>The shared memory of a log that is there holds the marks of its readers: of that only the name.</summary>
    private static (string Name, long Bytes, DateTime Written)[] Files(string folder) =>
        [.. Directory.GetFiles(folder).Select(f => new FileInfo(f)).Select(f => (f.Name, f.Length, f.Name.EndsWith("-shm", StringComparison.Ordinal) ? default : f.LastWriteTimeUtc)).OrderBy(f => f.Name, StringComparer.Ordinal)];
}

public sealed class PostgresCheckpointSpec(PostgresRun run) : CheckpointVerifierSpec(run), IClassFixture<PostgresRun>;

/// <summary>A run is clean, beside its node and afterwards; each damage is found and named.</summary>
public abstract class CheckpointVerifierSpec(StoredRun run)
{
    [SkippableFact]
    public async Task A_run_is_clean_beside_its_node_and_after_it()
    {
        using var copy = run.Duplicate();

        var report = await copy.VerifyAsync();

        Assert.Empty(run.WhileRunning!.Faults);
        Assert.Empty(report.Faults);
        Assert.Empty(report.Notes);
        Assert.Contains(report.Lines, l => l.StartsWith("pipeline orders: 4 key groups, 1 snapshot,", StringComparison.Ordinal) && l.Contains($" {2 * run.Appended} events of its source", StringComparison.Ordinal) && l.EndsWith("; 2 partitions committed", StringComparison.Ordinal));
        Assert.Contains(report.Lines, l => l.StartsWith("alarm: 1 entity,", StringComparison.Ordinal));
        Assert.Contains(report.Lines, l => l.StartsWith("notice: ", StringComparison.Ordinal));
        // Snapshots were taken and events deleted, or less was looked at than it seems.
        Assert.True((long)copy.Sql($"SELECT COUNT(*) FROM journal WHERE persistence_id = '{run.Busy}' AND sequence_number < 100")! == 0);
    }

    [SkippableTheory]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'BUSY' AND sequence_number = 203", "BUSY, sequence 203: event 203 is missing between 202 and 204.")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'BUSY' AND sequence_number = 201", "BUSY, sequence 201: event 201 is missing between 200, where the snapshot ends, and 202.")]
    [InlineData("DELETE FROM snapshot WHERE persistence_id = 'BUSY'", "BUSY, sequence 1: events 1 to 100 are missing and there is no snapshot; the journal begins with 101.")]
    [InlineData("UPDATE journal SET manifest = 'zz' WHERE persistence_id = 'BUSY' AND sequence_number = 203", "BUSY, sequence 203: the event cannot be read: Manifest \"zz\" is unknown to this version")]
    [InlineData("UPDATE snapshot SET manifest = 'ck' WHERE persistence_id = 'BUSY'", "BUSY, sequence 200: the snapshot ")]
    [InlineData("UPDATE journal SET identifier = 17 WHERE persistence_id = 'BUSY' AND sequence_number = 203", "BUSY, sequence 203: the event was written by serializer 17; ours is 4711.")]
    [InlineData("UPDATE journal SET deleted = (1 = 1) WHERE persistence_id = 'BUSY' AND sequence_number = 203", "BUSY, sequence 203: event 203 is missing between 202 and 204.")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'BUSY'", "BUSY, sequence 200: the snapshot goes up to event 200, and the journal ends with 0.")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'BUSY' AND sequence_number > 203", "pipeline.orders: the commit rows say that EVENTS events were handed to the key groups")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'BUSY' AND sequence_number > 203", "the journal is older, and what it issues next would not be taken")]
    [InlineData("UPDATE commit_row SET position = 1000000 WHERE reader_group = 'pipeline.orders' AND partition = 1", "pipeline.orders/orders-in.1/1: the commit row is at 1000000, and the topic ends at END.")]
    [InlineData("UPDATE commit_row SET position = 1000000 WHERE reader_group = 'sink.orders.table'", "sink.orders.table/results.orders.1/0: the commit row is at 1000000")]
    [InlineData("UPDATE commit_row SET incarnation = 2 WHERE reader_group = 'alarms' AND partition = 0", "alarms/metrics.2/0: the commit row is of incarnation 2 of the topic, which is here in 1")]
    [InlineData("UPDATE commit_row SET routed = routed + 7 WHERE reader_group = 'pipeline.orders' AND partition = 1", "the sum should be the same")]
    [InlineData("UPDATE topic_sender SET taken = taken + 5 WHERE sender = 'BUSY'", "topic results.orders has taken its outputs up to")]
    [InlineData("UPDATE topic_sender SET taken = 1 WHERE sender = 'BUSY'", "the topic is older. Restore topics and state from one moment.")]
    [InlineData("UPDATE topic_sender SET taken = 2 WHERE sender = 'alarm-m'", "alarm-m: topic alarms has taken its outputs up to 2, and its journal has issued 1")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 'alarm-m'", "alarm-m: topic alarms has taken its outputs up to 1, and it has neither events nor a snapshot.")]
    [InlineData("DELETE FROM topic_batch WHERE first_offset = (SELECT MIN(b.first_offset) FROM topic_batch b WHERE b.first_offset > 20 AND b.topic_id = (SELECT id FROM topic WHERE name = 'results.orders')) AND topic_id = (SELECT id FROM topic WHERE name = 'results.orders')", "topic results.orders/0: a batch begins at")]
    public async Task Damage_is_found_and_named(string damage, string expected)
    {
        using var copy = run.Duplicate();
        copy.Sql(Told(damage));

        var report = await copy.VerifyAsync();

        Assert.Contains(report.Faults, f => f.ToString().Contains(Told(expected), StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("UPDATE topic_partition SET next_offset = 40 WHERE topic_id = (SELECT id FROM topic WHERE name = 'orders-in')", "it has applied pipeline.orders/orders-in.1/")]
    [InlineData("UPDATE topic_partition SET first_offset = 1000 WHERE topic_id = (SELECT id FROM topic WHERE name = 'orders-in')", "GONE records are gone that were not read")]
    [InlineData("UPDATE topic_partition SET next_offset = next_offset + 1 WHERE topic_id = (SELECT id FROM topic WHERE name = 'orders-in')", "topic orders-in/1: the batches end at END, and the next offset to be given is NEXT.")]
    public async Task Damage_of_topics_is_found_and_named(string damage, string expected)
    {
        using var copy = run.Duplicate();
        copy.Sql(damage, inTopics: true);

        var report = await copy.VerifyAsync();

        Assert.Contains(report.Faults, f => f.ToString().Contains(Told(expected), StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_changed_byte_that_makes_an_event_unreadable_is_found_with_its_number()
    {
        using var copy = run.Duplicate();
        copy.Spoil(run.Busy, 204);

        var fault = (await copy.VerifyAsync()).Faults.First(f => f.Where == run.Busy);

        Assert.Equal(204, fault.Sequence);
        Assert.Contains("the event cannot be read", fault.What);
    }

    [SkippableFact]
    public async Task A_pipeline_is_looked_at_alone_and_damage_of_others_is_not_told()
    {
        using var copy = run.Duplicate();
        copy.Sql("DELETE FROM journal WHERE persistence_id = 'alarm-m'");

        var report = await copy.VerifyAsync("orders");

        Assert.Empty(report.Faults);
        Assert.DoesNotContain(report.Lines, l => l.StartsWith("notice", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Figures_by_entity_are_those_of_its_rows()
    {
        using var copy = run.Duplicate();
        using var state = await copy.OpenAsync();

        var figures = state.Of([run.Busy, "windows-nobody/0"]);

        var last = (long)copy.Sql($"SELECT MAX(sequence_number) FROM journal WHERE persistence_id = '{run.Busy}'")!;
        var bytes = Convert.ToInt64(copy.Sql($"SELECT SUM(length(message)) FROM journal WHERE persistence_id = '{run.Busy}' AND sequence_number > 200"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((run.Busy, last, 200L, last - 200, bytes), (figures[0].PersistenceId, figures[0].Sequence, figures[0].SnapshotSequence, figures[0].Events, figures[0].EventBytes));
        Assert.True(figures[0].SnapshotBytes > 0);
        Assert.InRange(figures[0].LastEventMs!.Value, 1_700_000_000_000, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(new EntityCheckpoint("windows-nobody/0", 0, 0, 0, 0, 0, null), figures[1]);
    }

    /// <summary>What a run has to say for the words in capitals: the key group that has snapshots, and events by partition.</summary>
    private string Told(string text) => text
        .Replace("BUSY", run.Busy, StringComparison.Ordinal).Replace("EVENTS", $"{2 * run.Appended}", StringComparison.Ordinal).Replace("END", $"{run.Appended}", StringComparison.Ordinal)
        .Replace("NEXT", $"{run.Appended + 1}", StringComparison.Ordinal).Replace("GONE", $"{1_000 - run.Appended}", StringComparison.Ordinal);
}
