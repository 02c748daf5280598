using System.Collections.Concurrent;
using ActorStream.Storage.Contracts;
using Microsoft.Data.Sqlite;

namespace ActorStream.Storage.Sqlite;

/// <summary>Read connections of one file: taken by one thread at a time, kept for the next. Any thread.</summary>
internal sealed class SqliteReaders(string file) : IDisposable
{
    private const int KeptMax = 16;

    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private readonly SqliteSession _probe = Open(file);
    private readonly Lock _probeLock = new();
    private volatile bool _disposed;
    private int _kept;

    /// <exception cref="StorageUnavailableException">The file could not be read.</exception>
    public T Read<T>(Func<SqliteSession, T> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SqliteSession? session = null;
        try
        {
            if (_idle.TryTake(out session))
                Interlocked.Decrement(ref _kept);
            else
                session = Open(file);
            return work(session);
        }
        catch (SqliteException e)
        {
            throw new StorageUnavailableException($"{Path.GetFileName(file)} could not be read: {e.Message}", e);
        }
        finally
        {
            if (session is not null)
                GiveBack(session);
        }
    }

    /// <summary>Changes with every commit of any other connection, and all writers are others.</summary>
    public long ChangeStamp()
    {
        lock (_probeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var stamp = _probe.Sql("PRAGMA data_version");
            stamp.Step();
            return stamp.Int64(0);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        lock (_probeLock)
            _probe.Dispose();
        while (_idle.TryTake(out var session))
            session.Dispose();
    }

    private static SqliteSession Open(string file) => SqliteSession.Open(file, $"PRAGMA busy_timeout={SqliteSession.BusyTimeoutMs}; PRAGMA query_only=1;");

    /// <summary>Several at once may keep a few more than the bound, which is only there against thousands.</summary>
    private void GiveBack(SqliteSession session)
    {
        if (_disposed || Volatile.Read(ref _kept) >= KeptMax)
        {
            session.Dispose();
            return;
        }
        Interlocked.Increment(ref _kept);
        _idle.Add(session);
    }
}
