using System.Collections.Concurrent;
using ActorStream.Domain.Records;

namespace ActorStream.Streams.Readers;

/// <summary>The readers that run on this node at the moment. Safe from any thread.</summary>
public sealed class LocalReaders
{
    private readonly ConcurrentDictionary<PartitionId, (IReaderControl Control, CatalogReader Reader)> _running = new();

    public IEnumerable<(PartitionId Partition, ReaderProgress Progress)> Running => _running.Select(r => (r.Key, r.Value.Control.Progress));

    /// <summary>Asks these readers to drain and end (protocol.md rule 13); returns at once.</summary>
    public void Stop(Func<CatalogReader, bool> which)
    {
        foreach (var (_, (control, _)) in _running.Where(r => which(r.Value.Reader)))
            control.Stop();
    }

    internal void Started(CatalogReader reader, IReaderControl control) => _running[reader.Partition] = (control, reader);

    internal void Ended(CatalogReader reader, IReaderControl control) => _running.TryRemove(new(reader.Partition, (control, reader)));
}
