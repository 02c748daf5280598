namespace ActorStream.Streams.Kafka;

/// <summary>Whether the brokers answer, in words. Written by <see cref="KafkaWatch"/> alone, read from any thread.</summary>
public sealed class KafkaHealth
{
    private volatile string? _why = "Kafka has not been asked yet.";
    private long _gaps;

    /// <summary>Null: it answers. Else a sentence with the servers and the reason.</summary>
    public string? Why => _why;

    /// <summary>Records that Kafka deleted before this node's readers came to them, since the node's start; each gap is also a dead letter.</summary>
    public long GapRecords => Interlocked.Read(ref _gaps);

    internal void Up() => _why = null;

    internal void Down(string why) => _why = why;

    internal void Gap(long records) => Interlocked.Add(ref _gaps, records);
}
