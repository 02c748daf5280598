using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Rules;

/// <summary>This node's rules: one volatile reference, swapped whole by <see cref="RulesViewActor"/>, and those who wait for a position.</summary>
public sealed class RulesView : IRulesView
{
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(long Position, TaskCompletionSource Reached)> _waiting = [];
    private RuleBook _current = RuleBook.Empty;

    public RuleBook Current => Volatile.Read(ref _current);

    public Task Complete => _complete.Task;

    public Task Reached(long position)
    {
        if (Current.Position >= position)
            return Task.CompletedTask;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Add((position, reached));
        }
        Release();
        return reached.Task;
    }

    internal void Swap(RuleBook book)
    {
        Volatile.Write(ref _current, book);
        Release();
        _complete.TrySetResult();
    }

    private void Release()
    {
        lock (_waiting)
        {
            var position = Current.Position;
            foreach (var (_, reached) in _waiting.Where(w => w.Position <= position))
                reached.TrySetResult();
            _waiting.RemoveAll(w => w.Position <= position);
        }
    }
}
