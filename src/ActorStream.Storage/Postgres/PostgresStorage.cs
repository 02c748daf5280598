using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>All storage of a node in one PostgreSQL database, shared by every node of the cluster.</summary>
public sealed class PostgresStorage : INodeStorage
{
    private static readonly TimeSpan DefaultHistoryRetention = TimeSpan.FromDays(30);

    private readonly PostgresDatabase _database;
    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly PostgresAppends _appends;
    private readonly ChangeStamps _stamps;
    private readonly PostgresTopics _topics;
    private readonly PostgresHistory _history;
    private readonly PostgresDeadLetters _deadLetters;
    private readonly PostgresDeliveries _deliveries;

    private PostgresStorage(PostgresDatabase database, ChangeStamps stamps, PostgresOptions options, TimeProvider time)
    {
        (_database, _stamps, _options, _time) = (database, stamps, options, time);
        var catalog = new PostgresCatalog(database);
        _appends = new PostgresAppends(database, time);
        _topics = new PostgresTopics(database, catalog, _appends, stamps, time);
        _history = new PostgresHistory(database, time);
        _deadLetters = new PostgresDeadLetters(database, time);
        _deliveries = new PostgresDeliveries(database);
        Compacted = new PostgresCompacted(database, catalog, _topics, time);
        Commits = new PostgresCommits(database);
        Due = new PostgresDueTable(database);
        Checkpoints = new PostgresCheckpoints(database);
        Results = new PostgresResults(database);
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

    /// <summary>The plugin has a pool of its own; what a connection needs is in its string.</summary>
    public JournalDatabase Journal => new("PostgreSQL.15", _options.Connections("journal", PostgresDatabase.ConnectionsMax), static _ => { });

    public long? FreeBytes => null;

    /// <summary>The whole database: the topics are in it too.</summary>
    public long? StateBytes => _database.Read(connection => connection.List(r => r.GetInt64(0), "SELECT pg_database_size(current_database())").Single());

    /// <summary>Makes what is missing, checks the rest.</summary>
    /// <exception cref="StorageRefusedException">Another cluster's database, another schema version, a missing fence, another number of partitions, or a connection string that cannot be read.</exception>
    /// <exception cref="StorageUnavailableException">The server cannot be reached, or does not let us in.</exception>
    public static async Task<PostgresStorage> OpenAsync(PostgresOptions options, TimeProvider time, CancellationToken cancel = default)
    {
        var database = new PostgresDatabase(SourceOf(options));
        try
        {
            await database.WriteAsync(connection => PostgresOpening.OpenAsync(connection, options), cancel).ConfigureAwait(false);
            return new PostgresStorage(database, new ChangeStamps(database), options, time);
        }
        catch (Exception e) when (e is StorageRefusedException or StorageUnavailableException or StorageFullException or OutcomeUnknownException or NpgsqlException or OperationCanceledException)
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What <see cref="OpenAsync"/> does to the schema, and nothing else.</summary>
    /// <returns>True: made just now; false: it was there and fits.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public static async Task<bool> MigrateAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        await using var database = new PostgresDatabase(SourceOf(options));
        return await database.WriteAsync(connection => PostgresOpening.OpenAsync(connection, options), cancel).ConfigureAwait(false);
    }

    public async Task<bool> IsWritableAsync(CancellationToken cancel = default)
    {
        try
        {
            await _database.WriteAsync(
                async connection =>
                {
                    await connection.RunAsync("INSERT INTO storage_probe (filler) VALUES (decode(repeat('00', 16384), 'hex'))").ConfigureAwait(false);
                    return await connection.RunAsync("DELETE FROM storage_probe").ConfigureAwait(false);
                },
                cancel).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return false;
        }
    }

    public async Task<long> RetainAsync(CancellationToken cancel = default)
    {
        var before = _time.GetUtcNow().ToUnixTimeMilliseconds() - (long)(_options.HistoryRetention ?? DefaultHistoryRetention).TotalMilliseconds;
        return await _history.RetainAsync(before, cancel).ConfigureAwait(false)
            + await _deliveries.RetainAsync(before, cancel).ConfigureAwait(false)
            + await _deadLetters.RetainAsync(before, cancel).ConfigureAwait(false);
    }

    public Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(namePrefix);
        return _topics.ForgetSendersAsync(topic, namePrefix, silentSinceMs, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _appends.DisposeAsync().ConfigureAwait(false);
        await _stamps.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource SourceOf(PostgresOptions options)
    {
        try
        {
            return NpgsqlDataSource.Create(options.Connections("storage", PostgresDatabase.ConnectionsMax));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            throw Unreadable();
        }
    }

    /// <summary>Without the parser's own text: it may quote a part of the password.</summary>
    internal static StorageRefusedException Unreadable() => new("The PostgreSQL connection string cannot be read. Write it as Host=…;Database=…;Username=…;Password=…");
}
