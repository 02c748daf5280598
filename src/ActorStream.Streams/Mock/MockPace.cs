using ActorStream.Domain.Pipelines;

namespace ActorStream.Streams.Mock;

/// <summary>How many events of a partition are due: as many as the rate gives since its stream began, at the offset it began at. Who was held back catches up.</summary>
internal sealed class MockPace(MockSpec spec, int partition, long from)
{
    private readonly long _end = spec.CountOf(partition);

    /// <summary>The offset that is not due yet, or where the partition ends.</summary>
    /// <param name="elapsed">Since the stream began.</param>
    public long DueAt(TimeSpan elapsed) => Math.Min(_end, from + (long)((Int128)elapsed.Ticks * spec.Rate / spec.Partitions / TimeSpan.TicksPerSecond));
}
