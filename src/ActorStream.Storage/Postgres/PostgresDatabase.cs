using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>The pool of one node and the shape of a transaction. Any thread.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>Below the pool's bound, so that writers never keep readers waiting for a connection.</summary>
    public const int WritersMax = 8;

    public const int ConnectionsMax = 20;

    private readonly SemaphoreSlim _writers = new(WritersMax);

    /// <param name="work">On a connection of its own; no transaction.</param>
    /// <exception cref="Contracts.StorageUnavailableException">The server could not be asked.</exception>
    public T Read<T>(Func<NpgsqlConnection, T> work)
    {
        try
        {
            using var connection = source.OpenConnection();
            return work(connection);
        }
        catch (NpgsqlException e)
        {
            throw PostgresFailures.NotDone(e);
        }
    }

    /// <summary>One transaction; completes when it is durable.</summary>
    /// <param name="work">Throws to refuse: nothing is stored then.</param>
    /// <param name="cancel">Cancelled means not done: what was begun runs to its end.</param>
    public async Task<T> WriteAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancel)
    {
        await _writers.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await TransactAsync(work).ConfigureAwait(false);
        }
        finally
        {
            _writers.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _writers.Dispose();
        return source.DisposeAsync();
    }

    private async Task<T> TransactAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        var sent = false;
        try
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
            var result = await work(connection).ConfigureAwait(false);
            sent = true;
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        }
        catch (NpgsqlException e) when (sent)
        {
            throw PostgresFailures.OfCommit(e);
        }
        catch (NpgsqlException e) when (!PostgresFailures.IsOfStatement(e))
        {
            throw PostgresFailures.NotDone(e);
        }
    }
}
