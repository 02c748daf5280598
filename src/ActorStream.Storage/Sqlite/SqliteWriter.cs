using System.Threading.Channels;
using ActorStream.Storage.Contracts;
using Microsoft.Data.Sqlite;

namespace ActorStream.Storage.Sqlite;

/// <summary>The one thread of this process that writes to a database file. Whatever waits shares a transaction (group commit); each caller is answered when it is durable.</summary>
/// <remarks>
/// 1. Wait for work. 2. Wait for this process's turn; meanwhile more work arrives. 3. Take what waits, up to a bound. 4. BEGIN IMMEDIATE, run, COMMIT, answer.
/// An operation that refuses fails alone; when it had written already, the rest runs again without it.
/// </remarks>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int WaitingMax = 4096;
    private const int GroupOperationsMax = 512;
    private const int GroupBytesMax = 8 << 20;

    private readonly string _file;
    private readonly SqliteSession _session;
    private readonly WriteTurn _turn;
    private readonly TimeProvider _time;
    private readonly ITimer _watchdog;
    private readonly Channel<WriteOperation> _waiting = Channel.CreateBounded<WriteOperation>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait });
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WriteOperation> _group = [];
    private long _waitingForTurnSince;

    /// <param name="path">The database file; the side file of <see cref="WriteTurn"/> stands next to it.</param>
    /// <param name="session">Owned from here on.</param>
    public SqliteWriter(string path, SqliteSession session, TimeProvider time)
    {
        _file = Path.GetFileName(path);
        _session = session;
        _time = time;
        _turn = new WriteTurn(path + ".turn");
        var second = TimeSpan.FromSeconds(1);
        _watchdog = time.CreateTimer(_ => GiveUpWaiting(), null, second, second);
        new Thread(Work) { IsBackground = true, Name = $"writer {_file}" }.Start();
    }

    /// <param name="work">Runs on the writer's thread; refuses by throwing. See <see cref="WriteOperation"/>.</param>
    /// <param name="bytes">About what it writes.</param>
    /// <param name="cancel">Cancelled means not done.</param>
    public async Task<T> RunAsync<T>(Func<SqliteSession, T> work, int bytes, CancellationToken cancel)
    {
        var operation = new WriteOperation<T>(work, bytes);
        await using var registration = cancel.UnsafeRegister(static (o, token) => ((WriteOperation)o!).Withdraw(token), operation).ConfigureAwait(false);
        try
        {
            await _waiting.Writer.WriteAsync(operation, cancel).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteWriter), $"{_file} is closed; nothing was stored.");
        }
        return await operation.Completion.ConfigureAwait(false);
    }

    /// <summary>Finishes what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _stopped.Task.ConfigureAwait(false);
        await _watchdog.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
        _session.Dispose();
    }

    private void Work()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Interlocked.Exchange(ref _waitingForTurnSince, _time.GetTimestamp());
            _turn.Take();
            Interlocked.Exchange(ref _waitingForTurnSince, 0);
            TakeGroup();
            CommitGroup();
            _turn.Give();
            _group.Clear();
        }
        _stopped.SetResult();
    }

    private void TakeGroup()
    {
        var bytes = 0L;
        while (_group.Count < GroupOperationsMax && bytes < GroupBytesMax && _waiting.Reader.TryRead(out var operation))
        {
            if (!operation.TryTake())
                continue;
            _group.Add(operation);
            bytes += operation.Bytes;
        }
    }

    private void CommitGroup()
    {
        while (_group.Count > 0)
        {
            try
            {
                _session.Sql("BEGIN IMMEDIATE").Run();
                if (!RunGroup())
                    continue;
            }
            catch (SqliteException e)
            {
                RollBack();
                FailGroup(SqliteFailures.NotDone(_file, e));
                return;
            }
            Commit();
            return;
        }
    }

    /// <summary>False: rolled back without the operation at fault; run the others again.</summary>
    /// <exception cref="SqliteException">The transaction as a whole cannot be done.</exception>
    private bool RunGroup()
    {
        for (var i = 0; i < _group.Count;)
        {
            var operation = _group[i];
            var written = _session.TotalChanges;
            try
            {
                operation.Run(_session);
                i++;
            }
            catch (SqliteException e) when (_session.IsAutoCommit || !SqliteFailures.IsOfStatement(e))
            {
                throw;
            }
            catch (Exception e) // Broad: whatever one caller's operation throws is that caller's, and the thread serves all.
            {
                _group.RemoveAt(i);
                operation.Fail(e);
                if (_session.TotalChanges != written)
                {
                    RollBack();
                    return false;
                }
            }
        }
        return true;
    }

    private void Commit()
    {
        try
        {
            _session.Sql("COMMIT").Run();
        }
        catch (SqliteException e)
        {
            var stillOpen = !_session.IsAutoCommit;
            RollBack();
            FailGroup(stillOpen ? SqliteFailures.NotDone(_file, e) : SqliteFailures.AfterCommit(_file, e));
            return;
        }
        foreach (var operation in _group)
            operation.Complete();
    }

    private void RollBack()
    {
        if (!_session.IsAutoCommit)
            _session.Sql("ROLLBACK").Run();
    }

    private void FailGroup(Exception exception)
    {
        foreach (var operation in _group)
            operation.Fail(exception);
    }

    /// <summary>A frozen process may keep its turn for as long as it likes. What waits here was not begun, so it can be answered.</summary>
    private void GiveUpWaiting()
    {
        var since = Interlocked.Read(ref _waitingForTurnSince);
        if (since == 0 || _time.GetElapsedTime(since).TotalMilliseconds < SqliteSession.BusyTimeoutMs)
            return;
        while (Interlocked.Read(ref _waitingForTurnSince) == since && _waiting.Reader.TryRead(out var operation))
        {
            if (operation.TryTake())
                operation.Fail(new StorageUnavailableException($"Another process has kept {_file} for more than {SqliteSession.BusyTimeoutMs} ms. Nothing was stored; it is safe to repeat."));
        }
    }
}
