using System.Diagnostics.Metrics;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;

namespace ActorStream.Hosting.Nodes;

/// <summary>What a node says of its readers and shards, as instruments of the meter <c>ActorStream</c>. Read when scraped.</summary>
public sealed class NodeMetrics : IDisposable
{
    private readonly Meter _meter = new("ActorStream");
    private readonly ReaderParts _readers;
    private IReadOnlyDictionary<string, int> _shards = new Dictionary<string, int>();

    public NodeMetrics(ReaderParts readers)
    {
        _readers = readers;
        _meter.CreateObservableGauge("actorstream_reader_lag_records", () => Each(LagOf), description: "Records between the committed position and the head, of readers that run on this node.");
        _meter.CreateObservableGauge("actorstream_reader_uncommitted_records", () => Each(p => p.Progress.Next - p.Progress.Position), description: "Records read and not yet committed: what a crash replays.");
        _meter.CreateObservableGauge("actorstream_reader_commit_age_seconds", () => Each(CommitAgeOf), "s", "Time since the last acknowledged commit of a reader that has something to commit.");
        _meter.CreateObservableCounter("actorstream_reader_position", () => Each(p => p.Progress.Position), description: "Committed position; its rate is records per second.");
        _meter.CreateObservableGauge("actorstream_shards", () => _shards.Select(s => new Measurement<int>(s.Value, new KeyValuePair<string, object?>("type", s.Key))), description: "Shards on this node by type, counted each ten seconds.");
    }

    public void ShardsCounted(IReadOnlyDictionary<string, int> shards) => Volatile.Write(ref _shards, shards);

    public void Dispose() => _meter.Dispose();

    /// <summary>Of a file or a mock nobody asks here: it is read to where it ends.</summary>
    private long LagOf((PartitionId Partition, ReaderProgress Progress) reader) => TopicNames.IsLog(reader.Partition.Topic)
        ? 0
        : _readers.Topics.StateOf(reader.Partition.Topic, reader.Partition.Partition).Head - reader.Progress.Position;

    /// <summary>0 when everything read is committed: a quiet partition is not an old one.</summary>
    private double CommitAgeOf((PartitionId Partition, ReaderProgress Progress) reader) =>
        reader.Progress.Next == reader.Progress.Position ? 0 : (_readers.Time.GetUtcNow().ToUnixTimeMilliseconds() - reader.Progress.CommittedAtMs) / 1000.0;

    private IEnumerable<Measurement<T>> Each<T>(Func<(PartitionId Partition, ReaderProgress Progress), T> value)
        where T : struct =>
        _readers.Local.Running.Select(r => new Measurement<T>(
            value(r),
            new KeyValuePair<string, object?>("group", r.Partition.Group),
            new KeyValuePair<string, object?>("topic", r.Partition.Topic),
            new KeyValuePair<string, object?>("partition", r.Partition.Partition)));
}
