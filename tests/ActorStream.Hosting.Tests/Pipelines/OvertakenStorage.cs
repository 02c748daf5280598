using System.Reflection;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Tests.Pipelines;

/// <summary>A storage in which somebody else does something the first time that a topic is to be made: after an editor has read, and before it writes.</summary>
public class OvertakenStorage : DispatchProxy
{
    private object _inner = null!;
    private Func<Task>? _overtake;

    public static INodeStorage Of(INodeStorage storage, Func<Task> overtake) => Around(storage, overtake);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == $"get_{nameof(INodeStorage.Topics)}")
            return Around(((INodeStorage)_inner).Topics, () => Interlocked.Exchange(ref _overtake, null)?.Invoke() ?? Task.CompletedTask);
        return targetMethod.Name == nameof(ITopicStore.EnsureAsync) ? EnsureAsync(targetMethod, args) : targetMethod.Invoke(_inner, args);
    }

    private static T Around<T>(T inner, Func<Task> overtake)
        where T : class
    {
        var proxy = Create<T, OvertakenStorage>();
        ((OvertakenStorage)(object)proxy)._inner = inner;
        ((OvertakenStorage)(object)proxy)._overtake = overtake;
        return proxy;
    }

    private async Task EnsureAsync(MethodInfo method, object?[]? args)
    {
        await _overtake!();
        await (Task)method.Invoke(_inner, args)!;
    }
}
