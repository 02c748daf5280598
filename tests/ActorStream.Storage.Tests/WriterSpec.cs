using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ActorStream.Storage.Tests;

/// <summary>The writer thread: shared commits, one caller's faults, other processes that do not let go.</summary>
public sealed class WriterSpec : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task An_operation_that_fails_after_writing_leaves_nothing_and_its_neighbours_in_the_same_transaction_commit()
    {
        Skip.If(OperatingSystem.IsWindows(), "Turns are free on Windows: the three would not share a commit.");
        await using var file = await OpenFileAsync();
        using var turn = new WriteTurn(_folder.TopicsFile + ".turn");
        turn.Take();

        var before = Insert(file, "before", fail: false);
        var faulty = Insert(file, "faulty", fail: true);
        var after = Insert(file, "after", fail: false);
        turn.Give();

        await Task.WhenAll(before, after);
        await Assert.ThrowsAsync<FormatException>(() => faulty);
        Assert.Equal("before,after", Sql("SELECT group_concat(value) FROM (SELECT value FROM storage_info WHERE key IN ('before', 'faulty', 'after') ORDER BY key DESC)"));
    }

    [Fact]
    public async Task A_statement_that_breaks_a_constraint_fails_only_its_own_operation()
    {
        await using var file = await OpenFileAsync();
        using var turn = new WriteTurn(_folder.TopicsFile + ".turn");
        turn.Take();

        var first = Insert(file, "key", fail: false);
        var twin = Insert(file, "key", fail: false);
        var other = Insert(file, "other", fail: false);
        turn.Give();

        await Task.WhenAll(first, other);
        Assert.Equal(SQLITE_CONSTRAINT, (await Assert.ThrowsAsync<SqliteException>(() => twin)).SqliteErrorCode);
    }

    [Fact]
    public async Task The_write_lock_is_held_from_before_an_operations_first_statement()
    {
        await using var file = await OpenFileAsync();
        using var journal = new SqliteConnection($"Data Source={_folder.TopicsFile};Pooling=False;Default Timeout=1");
        journal.Open();

        // The journal plugin takes no turns: only SQLite's own lock keeps it from writing between a read and the write that rests on it.
        var refused = await file.WriteAsync(_ => Record.Exception(() => journal.BeginTransaction(deferred: false)), CancellationToken.None);

        Assert.Equal(SQLITE_BUSY, Assert.IsType<SqliteException>(refused).SqliteErrorCode);
    }

    [SkippableFact]
    public async Task A_commit_that_fails_is_rolled_back_for_all_that_shared_it_and_the_writer_goes_on()
    {
        Skip.If(OperatingSystem.IsWindows(), "Turns are free on Windows: the two would not share a commit.");
        await using var file = await OpenFileAsync("PRAGMA foreign_keys=ON");
        Sql("CREATE TABLE child (parent TEXT REFERENCES storage_info (key) DEFERRABLE INITIALLY DEFERRED)");
        using var turn = new WriteTurn(_folder.TopicsFile + ".turn");
        turn.Take();

        var neighbour = Insert(file, "neighbour", fail: false);
        var orphan = file.WriteAsync(
            session =>
            {
                session.Sql("INSERT INTO child (parent) VALUES ('nobody')").Run();
                return true;
            },
            CancellationToken.None);
        turn.Give();

        await Assert.ThrowsAsync<StorageUnavailableException>(() => neighbour);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => orphan);
        await Insert(file, "neighbour", fail: false);
        Assert.Equal(0L, Sql("SELECT count(*) FROM child"));
    }

    [SkippableFact]
    public async Task Who_waits_for_a_process_that_keeps_its_turn_is_answered_and_nothing_was_stored()
    {
        Skip.If(OperatingSystem.IsWindows(), "Turns are free on Windows.");
        await using var file = await OpenFileAsync();
        using var turn = new WriteTurn(_folder.TopicsFile + ".turn");
        turn.Take();

        var waiting = Insert(file, "never", fail: false);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!waiting.IsCompleted)
        {
            deadline.Token.ThrowIfCancellationRequested();
            _folder.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        turn.Give();
        await Insert(file, "later", fail: false);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => waiting);
        Assert.Equal("later", Sql("SELECT group_concat(key) FROM storage_info WHERE key IN ('never', 'later')"));
    }

    [Fact]
    public async Task Cancelling_what_waits_answers_at_once_and_nothing_was_stored()
    {
        await using var file = await OpenFileAsync();
        using var foreign = new SqliteConnection($"Data Source={_folder.TopicsFile};Pooling=False");
        foreign.Open();
        var held = foreign.BeginTransaction(deferred: false);
        var running = Insert(file, "running", fail: false);
        using var cancel = new CancellationTokenSource();

        var waiting = Insert(file, "waiting", fail: false, cancel.Token);
        await cancel.CancelAsync();
        held.Rollback();
        await running;
        await Insert(file, "later", fail: false);

        // Whether it was still waiting when it was cancelled is the writer's race; what it says must be true either way.
        var cancelled = await Record.ExceptionAsync(() => waiting) is OperationCanceledException;
        Assert.Equal(cancelled ? 0L : 1L, Sql("SELECT count(*) FROM storage_info WHERE key = 'waiting'"));
    }

    [Fact]
    public async Task Closing_finishes_what_waits_and_refuses_what_comes_later()
    {
        var file = await OpenFileAsync();

        var inserts = Enumerable.Range(0, 100).Select(i => Insert(file, $"key-{i}", fail: false)).ToList();
        await file.DisposeAsync();

        await Task.WhenAll(inserts);
        Assert.Equal(100L, Sql("SELECT count(*) FROM storage_info WHERE key LIKE 'key-%'"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Insert(file, "late", fail: false));
    }

    [Theory]
    [InlineData(SQLITE_FULL, typeof(StorageFullException), typeof(StorageFullException))]
    [InlineData(SQLITE_BUSY, typeof(StorageUnavailableException), typeof(OutcomeUnknownException))]
    [InlineData(SQLITE_IOERR, typeof(StorageUnavailableException), typeof(OutcomeUnknownException))]
    public void An_error_is_certain_before_the_commit_and_unknown_after_unless_the_disk_was_full(int code, Type before, Type after)
    {
        var error = new SqliteException("test", code);

        Assert.IsType(before, SqliteFailures.NotDone("topics.db", error));
        Assert.IsType(after, SqliteFailures.AfterCommit("topics.db", error));
    }

    private async Task<SqliteFile> OpenFileAsync(string pragmas = "PRAGMA busy_timeout=5000") =>
        new(_folder.TopicsFile, await SqliteOpening.OpenAsync(_folder.TopicsFile, pragmas, SqliteSchema.Topics, "test", CancellationToken.None), _folder.Time);

    private static Task<bool> Insert(SqliteFile file, string key, bool fail, CancellationToken cancel = default) => file.WriteAsync(
        session =>
        {
            session.Sql("INSERT INTO storage_info (key, value) VALUES (?, ?)").Bind(key).Bind(key).Run();
            return fail ? throw new FormatException("planted") : true;
        },
        cancel);

    private object? Sql(string sql) => DataFolder.Sql(_folder.TopicsFile, sql);
}
