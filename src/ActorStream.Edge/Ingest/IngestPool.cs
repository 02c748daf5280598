using System.Collections.Concurrent;
using ActorStream.Hosting.Facade;
using ActorStream.Wire.Topics;

namespace ActorStream.Edge.Ingest;

/// <summary>Parsers with their buffers, one per request in flight; a bounded number is kept for the next requests.</summary>
internal sealed class IngestPool(INodeFacade node, EdgeOptions options)
{
    // A request waits for the disk with its parser in hand, so more are in flight than there are processors.
    private const int KeptMax = 64;

    // Only spares the checking of tags that were seen before; each parser has its own.
    private const int SeriesKeptMax = 2_000;

    private readonly ConcurrentQueue<SampleIngest> _idle = new();

    public SampleIngest Rent() => _idle.TryDequeue(out var ingest) ? ingest : new SampleIngest(node.MetricPartitions, new SeriesInterner(SeriesKeptMax), options.SampleAheadMsMax);

    public void Return(SampleIngest ingest)
    {
        if (_idle.Count < KeptMax)
            _idle.Enqueue(ingest);
    }
}
