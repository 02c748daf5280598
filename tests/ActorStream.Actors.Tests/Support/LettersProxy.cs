using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Tests.Support;

/// <summary>The real dead letters behind a gate that is open until a test closes it.</summary>
internal sealed class LettersProxy(IDeadLetterStore inner) : IDeadLetterStore
{
    public Task Gate { get; set; } = Task.CompletedTask;

    public async Task AddAsync(IReadOnlyList<DeadLetterEntry> letters, CancellationToken cancel = default)
    {
        await Gate;
        await inner.AddAsync(letters, cancel);
    }

    public IReadOnlyList<DeadLetterEntry> List(int limit) => inner.List(limit);

    public IReadOnlyDictionary<string, long> Counts() => inner.Counts();
}
