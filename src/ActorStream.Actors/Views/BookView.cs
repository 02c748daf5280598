namespace ActorStream.Actors.Views;

/// <summary>This node's copy of a compacted topic: one volatile reference, swapped whole by the actor that follows the topic, and those who wait for a position.</summary>
/// <param name="empty">Before the first look.</param>
/// <param name="positionOf">The last change a book has taken in.</param>
public abstract class BookView<TBook>(TBook empty, Func<TBook, long> positionOf)
    where TBook : class
{
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(long Position, TaskCompletionSource Reached)> _waiting = [];
    private TBook _current = empty;

    public TBook Current => Volatile.Read(ref _current);

    public Task Complete => _complete.Task;

    public Task Reached(long position)
    {
        if (positionOf(Current) >= position)
            return Task.CompletedTask;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Add((position, reached));
        }
        Release();
        return reached.Task;
    }

    internal virtual void Swap(TBook book)
    {
        Volatile.Write(ref _current, book);
        Release();
        _complete.TrySetResult();
    }

    private void Release()
    {
        lock (_waiting)
        {
            var position = positionOf(Current);
            foreach (var (_, reached) in _waiting.Where(w => w.Position <= position))
                reached.TrySetResult();
            _waiting.RemoveAll(w => w.Position <= position);
        }
    }
}
