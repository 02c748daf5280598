using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>Every reader of this cluster, by id: group × partition of its topic. The same on every node; a topic in Kafka may gain partitions.</summary>
public sealed class ReaderCatalog
{
    private readonly IReadOnlyList<(string Group, string Topic, string? Pipeline, IRecordLog? Log, GraphOf Graph)> _uses;
    private volatile Listing _listing;

    /// <param name="groups">Groups that feed entities.</param>
    /// <param name="sinks">Groups that write to the outside; the history of alarms is always one.</param>
    public ReaderCatalog(ReaderParts parts, IReadOnlyList<ReaderGroup> groups, IReadOnlyList<SinkGroup>? sinks = null)
    {
        Parts = parts;
        _uses =
        [
            .. groups.Select(g => (g.Name, g.Topic, g.Pipeline, g.Log, (GraphOf)((p, id, row) => ReaderFlows.ToEntities(p, g, id, row)))),
            .. (sinks ?? []).Append(SinkGroup.History).Select(s => (s.Name, s.Topic, (string?)null, (IRecordLog?)null, (GraphOf)((p, id, row) => ReaderFlows.ToSink(p, s, id, row)))),
        ];
        _listing = List(Partitioning());
    }

    public ReaderParts Parts { get; }

    public IReadOnlyCollection<string> ReaderIds => Current.Ids;

    public IEnumerable<PartitionId> Partitions => Current.Readers.Values.Select(r => r.Partition);

    private Listing Current
    {
        get
        {
            var partitions = Partitioning();
            return _listing.Partitions.SequenceEqual(partitions) ? _listing : _listing = List(partitions);
        }
    }

    public CatalogReader? Find(string readerId) => Current.Readers.GetValueOrDefault(readerId);

    /// <summary>Readers that are to run: all but those of stopped pipelines.</summary>
    public IEnumerable<string> WantedIds => Current.Readers.Where(r => IsWanted(r.Value)).Select(r => r.Key);

    public bool IsWanted(CatalogReader reader) => reader.Pipeline is null || Parts.Pipelines is null || Parts.Pipelines.Current.IsRunning(reader.Pipeline);

    /// <summary>Who wants to hear that a partition has grown.</summary>
    public IEnumerable<string> ReadersOf(string topic, int partition) => _listing.ByPartition[(topic, partition)].Where(id => Find(id) is { } reader && IsWanted(reader));

    private int[] Partitioning() => [.. _uses.Select(u => u.Log?.Partitions ?? Parts.Topics.PartitionsOf(u.Topic))];

    private Listing List(int[] partitions)
    {
        var readers = new Dictionary<string, CatalogReader>();
        foreach (var ((group, topic, pipeline, log, graph), count) in _uses.Zip(partitions))
            for (var partition = 0; partition < count; partition++)
            {
                var id = new PartitionId(group, topic, log is null ? Parts.Topics.IncarnationOf(topic) : 1, partition);
                readers.Add(id.ReaderId, new CatalogReader(id, graph) { IsTopic = log is null, Pipeline = pipeline });
            }
        return new Listing(partitions, readers, readers.Values.ToLookup(r => (r.Partition.Topic, r.Partition.Partition), r => r.Partition.ReaderId));
    }

    private sealed record Listing(int[] Partitions, IReadOnlyDictionary<string, CatalogReader> Readers, ILookup<(string Topic, int Partition), string> ByPartition)
    {
        public IReadOnlyCollection<string> Ids { get; } = [.. Readers.Keys];
    }
}

/// <summary>Makes the one stream of a reader.</summary>
public delegate IRunnableGraph<(ITopicHint, IReaderControl)> GraphOf(ReaderParts parts, PartitionId partition, CommitRow row);

public sealed record CatalogReader(PartitionId Partition, GraphOf Graph)
{
    /// <summary>Else its records lie in files.</summary>
    public bool IsTopic { get; init; } = true;

    /// <summary>As <see cref="ReaderGroup.Pipeline"/>.</summary>
    public string? Pipeline { get; init; }
}
