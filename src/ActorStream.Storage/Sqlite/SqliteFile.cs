using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>One open database file: its writer and its readers.</summary>
internal sealed class SqliteFile(string path, SqliteSession session, TimeProvider time) : IAsyncDisposable
{
    private readonly SqliteWriter _writer = new(path, session, time);
    private readonly SqliteReaders _readers = new(path);

    public string Name => Path.GetFileName(path);

    /// <inheritdoc cref="SqliteWriter.RunAsync{T}"/>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancel, int bytes = 256) => _writer.RunAsync(work, bytes, cancel);

    /// <inheritdoc cref="SqliteReaders.Read{T}"/>
    public T Read<T>(Func<SqliteSession, T> work) => _readers.Read(work);

    /// <inheritdoc cref="SqliteReaders.ChangeStamp"/>
    public long ChangeStamp() => _readers.ChangeStamp();

    /// <summary>True when a transaction that needs new pages could be committed just now.</summary>
    public async Task<bool> IsWritableAsync(CancellationToken cancel)
    {
        try
        {
            return await WriteAsync(
                static session =>
                {
                    session.Sql("INSERT INTO storage_probe (filler) VALUES (zeroblob(16384))").Run();
                    session.Sql("DELETE FROM storage_probe").Run();
                    return true;
                },
                cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageFullException or StorageUnavailableException or OutcomeUnknownException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        _readers.Dispose();
    }
}
