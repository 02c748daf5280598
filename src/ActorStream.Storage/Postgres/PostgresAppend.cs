using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Postgres;

/// <summary>One caller's append on its way through a shared transaction.</summary>
/// <param name="topic">Where.</param>
/// <param name="partitions">Every partition it may touch.</param>
/// <param name="bytes">About what it writes.</param>
internal abstract class PostgresAppend(TopicInfo topic, IReadOnlyCollection<int> partitions, int bytes)
{
    private int _taken;

    public TopicInfo Topic => topic;

    public IReadOnlyCollection<int> Partitions => partitions;

    public int Bytes => bytes;

    /// <summary>Null: batches without a sender.</summary>
    public virtual string? Sender => null;

    /// <summary>Takes its offsets from the locked counters; refuses by throwing, and has changed nothing then.</summary>
    public abstract void Run(LockedCounters counters);

    public abstract void Complete();

    public abstract void Fail(Exception exception);

    /// <summary>False: its caller has withdrawn it.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Cancels what was not begun; what was begun runs to its end, so that cancelled always means not done.</summary>
    public void Withdraw(CancellationToken cancel)
    {
        if (TryTake())
            Fail(new OperationCanceledException(cancel));
    }
}

internal abstract class PostgresAppend<T>(TopicInfo topic, IReadOnlyCollection<int> partitions, int bytes) : PostgresAppend(topic, partitions, bytes)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Completion => _completion.Task;

    public override void Run(LockedCounters counters) => _result = Take(counters);

    public override void Complete() => _completion.TrySetResult(_result);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);

    protected abstract T Take(LockedCounters counters);
}

internal sealed class BatchAppend(TopicInfo topic, IReadOnlyList<NewBatch> batches)
    : PostgresAppend<AppendedBatches>(topic, [.. batches.Select(b => b.Partition)], batches.Sum(b => b.Blob.Length))
{
    protected override AppendedBatches Take(LockedCounters counters) => counters.Append(Topic, batches);
}

/// <summary>protocol.md rule 28.</summary>
internal sealed class NumberedAppend(TopicInfo topic, string sender, IReadOnlyList<NumberedRecord> items)
    : PostgresAppend<(long Taken, IReadOnlyList<(int Partition, long Head)> Heads)>(topic, [.. items.Select(i => i.Partition).Distinct()], items.Sum(i => i.Key.Length + i.Value.Length))
{
    public override string? Sender => sender;

    protected override (long, IReadOnlyList<(int, long)>) Take(LockedCounters counters)
    {
        var taken = counters.TakenOf(Topic, sender);
        var batches = AppendCalls.NewAfter(Topic, sender, taken, items);
        if (batches.Count == 0)
            return (taken, []);
        var appended = counters.Append(Topic, batches);
        counters.SetTaken(Topic, sender, items[^1].Number);
        return (items[^1].Number, batches.Select((b, i) => (b.Partition, appended.Firsts[i] + b.Count)).ToList());
    }
}

/// <summary>Of a sender that appends once; null when this is what it has appended.</summary>
internal sealed class OnceAppend(TopicInfo topic, string sender, long mark, IReadOnlyList<NewBatch> batches)
    : PostgresAppend<AppendedBatches?>(topic, [.. batches.Select(b => b.Partition)], batches.Sum(b => b.Blob.Length))
{
    public override string? Sender => sender;

    protected override AppendedBatches? Take(LockedCounters counters)
    {
        if (AppendCalls.IsRepeat(Topic, sender, counters.TakenOf(Topic, sender), mark))
            return null;
        var appended = counters.Append(Topic, batches);
        counters.SetTaken(Topic, sender, mark);
        return appended;
    }
}
