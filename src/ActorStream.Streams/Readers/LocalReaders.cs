using System.Collections.Concurrent;
using ActorStream.Domain.Records;

namespace ActorStream.Streams.Readers;

/// <summary>The readers that run on this node at the moment, for its metrics. Safe from any thread.</summary>
public sealed class LocalReaders
{
    private readonly ConcurrentDictionary<PartitionId, IReaderControl> _running = new();

    public IEnumerable<(PartitionId Partition, ReaderProgress Progress)> Running => _running.Select(r => (r.Key, r.Value.Progress));

    /// <summary>Asks the readers of these groups to drain and end (protocol.md rule 13); returns at once.</summary>
    public void Stop(Func<string, bool> ofGroup)
    {
        foreach (var (_, control) in _running.Where(r => ofGroup(r.Key.Group)))
            control.Stop();
    }

    internal void Started(PartitionId partition, IReaderControl control) => _running[partition] = control;

    internal void Ended(PartitionId partition, IReaderControl control) => _running.TryRemove(new(partition, control));
}
