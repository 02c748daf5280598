using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql.Snapshot;

namespace ActorStream.Actors.Tests.Support;

/// <summary>The product's snapshot store with a gate between the load of a snapshot and the replay of what follows it.</summary>
public sealed class GatedSnapshotStore(Config config) : SqlSnapshotStore(config)
{
    public const string Hocon = "akka.persistence.snapshot-store.sql.class = \"ActorStream.Actors.Tests.Support.GatedSnapshotStore, ActorStream.Actors.Tests\"";

    private static readonly ConcurrentDictionary<string, Gate> Gates = new();

    /// <summary>The next load for this persistence id waits at the gate, with what it has read.</summary>
    public static Gate Close(string persistenceId) => Gates[persistenceId] = new Gate();

    protected override async Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken = default)
    {
        var loaded = await base.LoadAsync(persistenceId, criteria, cancellationToken);
        if (Gates.TryRemove(persistenceId, out var gate))
        {
            gate.Loaded.SetResult();
            await gate.Opened.Task;
        }
        return loaded;
    }

    public sealed class Gate
    {
        internal TaskCompletionSource Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => Loaded.Task.WaitAsync(TimeSpan.FromSeconds(20));

        public void Open() => Opened.SetResult();
    }
}
