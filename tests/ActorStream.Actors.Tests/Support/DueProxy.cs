using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Tests.Support;

/// <summary>The real due table behind a gate that is open until a test closes it.</summary>
internal sealed class DueProxy(IDueTable inner) : IDueTable
{
    /// <summary>Before each arming; may look, wait or throw.</summary>
    public Func<Task> BeforeArm { get; set; } = () => Task.CompletedTask;

    public async Task ArmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default)
    {
        await BeforeArm();
        await inner.ArmAsync(rows, cancel);
    }

    public Task DisarmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default) => inner.DisarmAsync(rows, cancel);

    public IReadOnlyList<DueRow> DueAt(PartitionId partition, long timeMs, int limit) => inner.DueAt(partition, timeMs, limit);
}
