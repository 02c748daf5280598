namespace ActorStream.Streams.Kafka;

/// <summary>What is known of one topic that pipelines read. Written by <see cref="KafkaWatch"/> alone, read from any thread.</summary>
internal sealed class KafkaSight
{
    private volatile Look _last = new(null, null, IsFresh: false);

    /// <summary>The last that was seen of it, however long ago; null: it never was.</summary>
    public WatchedTopic? Seen => _last.Seen;

    /// <summary>Why the last look saw nothing, a sentence; null: it did, or there was none yet.</summary>
    public string? Why => _last.Why;

    /// <summary>Null unless the last look saw it: a partition that nobody can ask for is not known to be at its end.</summary>
    public long? HeadOf(int partition) => _last is { IsFresh: true, Seen: { } seen } && partition < seen.Partitions.Count ? seen.Partitions[partition].Head : null;

    internal void Saw(WatchedTopic seen) => _last = new Look(seen, null, IsFresh: true);

    internal void Missed(string why) => _last = new Look(_last.Seen, why, IsFresh: false);

    /// <summary>A reader has asked: how many partitions there are is known then, where they end for this group is not.</summary>
    internal void Heard(WatchedTopic asked)
    {
        if (_last.Seen is null)
            _last = new Look(asked, null, IsFresh: false);
    }

    private sealed record Look(WatchedTopic? Seen, string? Why, bool IsFresh);
}
