using System.Data.Common;

namespace ActorStream.Storage.Contracts;

/// <summary>All storage of a node, in one database or data folder. Made by its backend, which has checked cluster, schema and fence before.</summary>
public interface INodeStorage : IAsyncDisposable
{
    ITopicStore Topics { get; }

    ICompactedTopic Compacted { get; }

    ICommitStore Commits { get; }

    IDeadLetterStore DeadLetters { get; }

    IAlarmHistory History { get; }

    IResultTable Results { get; }

    IDeliveryLog Deliveries { get; }

    IDueTable Due { get; }

    ICheckpointTable Checkpoints { get; }

    /// <summary>How the journal plugin reaches the same database.</summary>
    JournalDatabase Journal { get; }

    /// <summary>A transaction that needs new pages can be committed. Writes a little: ask it every few seconds at most.</summary>
    Task<bool> IsWritableAsync(CancellationToken cancel = default);

    /// <summary>Bytes free where the topics lie; null when that cannot be known from here.</summary>
    long? FreeBytes { get; }

    /// <summary>About how many bytes the journal, snapshots and commit rows take; null when that cannot be known from here.</summary>
    long? StateBytes { get; }

    /// <summary>Deletes alarms of the history, attempts and dead letters that are older than the retention; returns rows deleted. Counters stay.</summary>
    Task<long> RetainAsync(CancellationToken cancel = default);

    /// <summary>Forgets senders whose names begin so and that were silent since the time: the idempotency keys of HTTP callers, which would pile up. A repeat after that is taken as new. Returns senders forgotten.</summary>
    /// <param name="topic">Whose senders.</param>
    /// <param name="namePrefix">Not empty, and never the beginning of an entity's name: its next output would be refused as a gap.</param>
    /// <param name="silentSinceMs">Epoch milliseconds.</param>
    /// <param name="cancel">Gives up waiting.</param>
    Task<int> ForgetSendersAsync(string topic, string namePrefix, long silentSinceMs, CancellationToken cancel = default);
}

/// <param name="Provider">As the plugin names it: <c>SQLite.MS</c>, <c>PostgreSQL.15</c>.</param>
/// <param name="Prepare">Run on every connection the plugin opens: durability and patience belong to a connection.</param>
public sealed record JournalDatabase(string Provider, string ConnectionString, Action<DbConnection> Prepare);
