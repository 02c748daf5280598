using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>Every reader of this cluster, by id: group × partition of its topic. The same on every node.</summary>
public sealed class ReaderCatalog
{
    private readonly Dictionary<string, CatalogReader> _readers = [];
    private readonly ILookup<(string Topic, int Partition), string> _byPartition;

    /// <param name="groups">Groups that feed entities; the history of alarms is a group of its own.</param>
    public ReaderCatalog(ReaderParts parts, IReadOnlyList<ReaderGroup> groups)
    {
        Parts = parts;
        foreach (var group in groups)
            Add(group.Name, group.Topic, (p, id, row) => ReaderFlows.ToEntities(p, group, id, row));
        Add(TopicNames.HistoryGroup, TopicNames.Alarms, ReaderFlows.ToHistory);
        _byPartition = _readers.Values.ToLookup(r => (r.Partition.Topic, r.Partition.Partition), r => r.Partition.ReaderId);
    }

    public ReaderParts Parts { get; }

    public IReadOnlyCollection<string> ReaderIds => _readers.Keys;

    public IEnumerable<PartitionId> Partitions => _readers.Values.Select(r => r.Partition);

    public CatalogReader? Find(string readerId) => _readers.GetValueOrDefault(readerId);

    /// <summary>Who wants to hear that a partition has grown.</summary>
    public IEnumerable<string> ReadersOf(string topic, int partition) => _byPartition[(topic, partition)];

    private void Add(string group, string topic, Func<ReaderParts, PartitionId, CommitRow, IRunnableGraph<(ITopicHint, IReaderControl)>> graph)
    {
        for (var partition = 0; partition < Parts.Topics.PartitionsOf(topic); partition++)
        {
            var id = new PartitionId(group, topic, Parts.Topics.IncarnationOf(topic), partition);
            _readers.Add(id.ReaderId, new CatalogReader(id, graph));
        }
    }
}

public sealed record CatalogReader(PartitionId Partition, Func<ReaderParts, PartitionId, CommitRow, IRunnableGraph<(ITopicHint, IReaderControl)>> Graph);
