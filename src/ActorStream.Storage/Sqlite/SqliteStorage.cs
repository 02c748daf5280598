using System.Data.Common;
using ActorStream.Storage.Contracts;
using Microsoft.Data.Sqlite;

namespace ActorStream.Storage.Sqlite;

/// <summary>All storage of a node in one data folder: <c>topics.db</c> and <c>state.db</c>. Several processes of one machine may open it.</summary>
public sealed class SqliteStorage : INodeStorage
{
    private static readonly TimeSpan DefaultHistoryRetention = TimeSpan.FromDays(30);

    private readonly SqliteFile _topicsFile;
    private readonly SqliteFile _stateFile;
    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly SqliteTopics _topics;
    private readonly SqliteHistory _history;
    private readonly SqliteDeadLetters _deadLetters;
    private readonly SqliteDeliveries _deliveries;

    private SqliteStorage(SqliteFile topicsFile, SqliteFile stateFile, TopicCatalog catalog, StorageOptions options, TimeProvider time)
    {
        (_topicsFile, _stateFile, _options, _time) = (topicsFile, stateFile, options, time);
        _topics = new SqliteTopics(catalog, stateFile, time);
        Compacted = new SqliteCompacted(catalog, _topics, time);
        Commits = new SqliteCommits(stateFile);
        _history = new SqliteHistory(stateFile, time);
        _deadLetters = new SqliteDeadLetters(stateFile, time);
        _deliveries = new SqliteDeliveries(stateFile);
        Due = new SqliteDueTable(stateFile);
        Checkpoints = new SqliteCheckpoints(stateFile);
        Results = new SqliteResults(stateFile);
    }

    public ITopicStore Topics => _topics;

    public ICompactedTopic Compacted { get; }

    public ICommitStore Commits { get; }

    public IDeadLetterStore DeadLetters => _deadLetters;

    public IAlarmHistory History => _history;

    public IResultTable Results { get; }

    public IDeliveryLog Deliveries => _deliveries;

    public IDueTable Due { get; }

    public ICheckpointTable Checkpoints { get; }

    /// <summary>The plugin opens <c>state.db</c> with connections of its own.</summary>
    public JournalDatabase Journal => new("SQLite.MS", new SqliteConnectionStringBuilder { DataSource = StatePath(_options) }.ToString(), Prepare);

    public long? FreeBytes => new DriveInfo(Path.GetFullPath(_options.DataFolder)).AvailableFreeSpace;

    /// <summary>With what is not yet copied from its log.</summary>
    public long? StateBytes => new[] { StatePath(_options), StatePath(_options) + "-wal" }.Select(p => new FileInfo(p)).Where(f => f.Exists).Sum(f => f.Length);

    /// <summary>Makes what is missing, checks the rest.</summary>
    /// <exception cref="StorageRefusedException">Another cluster's folder, a newer schema, a missing fence, another number of partitions, or two files that do not belong together.</exception>
    /// <exception cref="StorageUnavailableException">A file cannot be opened or stayed locked.</exception>
    public static async Task<SqliteStorage> OpenAsync(StorageOptions options, TimeProvider time, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(options.DataFolder);
        var stateSession = await SqliteOpening.OpenAsync(StatePath(options), Pragmas(options.StateSurvivesPowerLoss), SqliteSchema.State, options.ClusterName, cancel).ConfigureAwait(false);
        SqliteSession? topicsSession = null;
        try
        {
            var bound = options.TopicsPagesMax is { } pages ? $" PRAGMA max_page_count={pages};" : "";
            topicsSession = await SqliteOpening.OpenAsync(TopicsPath(options), Pragmas(true) + bound, SqliteSchema.Topics, options.ClusterName, cancel).ConfigureAwait(false);
            TopicMaking.MakeAll(options, topicsSession, stateSession);
        }
        catch (Exception e) when (e is StorageRefusedException or StorageUnavailableException or SqliteException or OperationCanceledException)
        {
            topicsSession?.Dispose();
            stateSession.Dispose();
            if (e is SqliteException sqlite)
                throw SqliteFailures.NotDone(options.DataFolder, sqlite);
            throw;
        }
        var topicsFile = new SqliteFile(TopicsPath(options), topicsSession, time);
        var stateFile = new SqliteFile(StatePath(options), stateSession, time);
        return new SqliteStorage(topicsFile, stateFile, new TopicCatalog(options, topicsFile, stateFile), options, time);
    }

    /// <summary>Both files can take a transaction that needs new pages. Writes a little: ask it every few seconds at most.</summary>
    public async Task<bool> IsWritableAsync(CancellationToken cancel = default)
    {
        var both = await Task.WhenAll(_topicsFile.IsWritableAsync(cancel), _stateFile.IsWritableAsync(cancel)).ConfigureAwait(false);
        return both[0] && both[1];
    }

    /// <summary>Deletes alarms of the history and dead letters that are older than the retention; returns rows deleted. Counters stay.</summary>
    public async Task<long> RetainAsync(CancellationToken cancel = default)
    {
        var before = _time.GetUtcNow().ToUnixTimeMilliseconds() - (long)(_options.HistoryRetention ?? DefaultHistoryRetention).TotalMilliseconds;
        return await _history.RetainAsync(before, cancel).ConfigureAwait(false)
            + await _deliveries.RetainAsync(before, cancel).ConfigureAwait(false)
            + await _deadLetters.RetainAsync(before, cancel).ConfigureAwait(false);
    }

    /// <summary>Forgets senders whose names begin so and that were silent since the time: the idempotency keys of HTTP callers, which would pile up. A repeat after that is taken as new. Returns senders forgotten.</summary>
    /// <param name="namePrefix">Not empty, and never the beginning of an entity's name: its next output would be refused as a gap.</param>
    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(namePrefix);
        return _topics.ForgetSendersAsync(topic, namePrefix, silentSinceMs, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _topicsFile.DisposeAsync().ConfigureAwait(false);
        await _stateFile.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Changes the bound of <c>topics.db</c> while it is open.</summary>
    internal Task<bool> SetTopicsPagesMaxAsync(long pages) =>
        _topicsFile.WriteAsync(
            session =>
            {
                session.Script($"PRAGMA max_page_count={pages}");
                return true;
            },
            CancellationToken.None);

    private void Prepare(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas(_options.StateSurvivesPowerLoss);
        command.ExecuteNonQuery();
    }

    private static string TopicsPath(StorageOptions options) => Path.Combine(options.DataFolder, "topics.db");

    private static string StatePath(StorageOptions options) => Path.Combine(options.DataFolder, "state.db");

    private static string Pragmas(bool survivesPowerLoss) =>
        $"PRAGMA busy_timeout={SqliteSession.BusyTimeoutMs}; PRAGMA synchronous={(survivesPowerLoss ? "FULL" : "NORMAL")}; PRAGMA journal_size_limit=67108864;";
}
