namespace ActorStream.Storage.Sqlite;

/// <summary>Work waiting for the writer. May run more than once (its transaction was rolled back for a neighbour's sake), so it changes nothing but the database.</summary>
internal abstract class WriteOperation(int bytes)
{
    private int _taken;

    public int Bytes => bytes;

    public abstract void Run(SqliteSession session);

    /// <summary>The transaction is durable.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);

    protected abstract void Cancel(CancellationToken cancel);

    /// <summary>False: its caller has withdrawn it.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Cancels what was not begun; what was begun runs to its end, so that cancelled always means not done.</summary>
    public void Withdraw(CancellationToken cancel)
    {
        if (TryTake())
            Cancel(cancel);
    }
}

internal sealed class WriteOperation<T>(Func<SqliteSession, T> work, int bytes) : WriteOperation(bytes)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Completion => _completion.Task;

    public override void Run(SqliteSession session) => _result = work(session);

    public override void Complete() => _completion.TrySetResult(_result);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);

    protected override void Cancel(CancellationToken cancel) => _completion.TrySetCanceled(cancel);
}
