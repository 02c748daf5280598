using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Readers;

/// <summary>Every reader of this cluster, by id: group × partition of its topic. Follows this node's view of the pipelines; a topic in Kafka may gain partitions.</summary>
public sealed class ReaderCatalog
{
    private readonly IReadOnlyList<ReaderUse> _fixed;
    private readonly Func<PipelineSpec, PipelineReaders>? _pipelines;
    private volatile Listing _listing;

    /// <param name="groups">Groups that feed entities, whatever pipelines there are.</param>
    /// <param name="sinks">Groups that write to the outside; the history of alarms is always one.</param>
    /// <param name="pipelines">What each pipeline of the view adds; null: nothing.</param>
    public ReaderCatalog(ReaderParts parts, IReadOnlyList<ReaderGroup> groups, IReadOnlyList<SinkGroup>? sinks = null, Func<PipelineSpec, PipelineReaders>? pipelines = null)
    {
        Parts = parts;
        _pipelines = pipelines;
        _fixed = [.. groups.Select(ReaderUse.Of), .. (sinks ?? []).Append(SinkGroup.History).Select(ReaderUse.Of)];
        _listing = List(BookNow, UsesOf(BookNow));
    }

    public ReaderParts Parts { get; }

    public IReadOnlyCollection<string> ReaderIds => Current.Ids;

    public IEnumerable<PartitionId> Partitions => Current.Readers.Values.Select(r => r.Partition);

    private PipelineBook? BookNow => Parts.Pipelines?.Current;

    private Listing Current
    {
        get
        {
            var (listing, book) = (_listing, BookNow);
            var uses = ReferenceEquals(listing.Book, book) ? listing.Uses : UsesOf(book);
            return ReferenceEquals(uses, listing.Uses) && !HasGrown(listing) ? listing : _listing = List(book, uses);
        }
    }

    public CatalogReader? Find(string readerId) => Current.Readers.GetValueOrDefault(readerId);

    /// <summary>Readers that are to run: all but those of stopped pipelines.</summary>
    public IEnumerable<string> WantedIds => Current.Readers.Where(r => IsWanted(r.Value)).Select(r => r.Key);

    /// <summary>Its pipeline is there, is what it was when the reader was listed, and is not stopped; sinks of a stopped one write what is left.</summary>
    public bool IsWanted(CatalogReader reader)
    {
        if (reader.Pipeline is not { } id || BookNow is not { } book)
            return true;
        var isThere = _pipelines is null || book.Find(id)?.Spec?.Version == reader.Version;
        return isThere && (reader.IsSink || book.IsRunning(id));
    }

    /// <summary>Who wants to hear that a partition has grown.</summary>
    public IEnumerable<string> ReadersOf(string topic, int partition)
    {
        var listing = Current;
        return listing.ByPartition[(topic, partition)].Where(id => IsWanted(listing.Readers[id]));
    }

    private IReadOnlyList<ReaderUse> UsesOf(PipelineBook? book) => _pipelines is null || book is null
        ? _fixed
        : [.. _fixed, .. book.Pipelines.SelectMany(p => _pipelines(p).Uses(p))];

    /// <summary>Asked at each append; an embedded topic never does.</summary>
    private bool HasGrown(Listing listing)
    {
        for (var i = 0; i < listing.Uses.Count; i++)
        {
            if ((Parts.Kafka is not null || listing.Uses[i].Log is not null) && PartitionsOf(listing.Uses[i]) != listing.Partitions[i])
                return true;
        }
        return false;
    }

    private int PartitionsOf(ReaderUse use) => use.Log?.Partitions ?? Parts.Topics.PartitionsOf(use.Topic);

    private Listing List(PipelineBook? book, IReadOnlyList<ReaderUse> uses)
    {
        int[] partitions = [.. uses.Select(PartitionsOf)];
        var readers = new Dictionary<string, CatalogReader>();
        foreach (var (use, count) in uses.Zip(partitions))
            for (var partition = 0; partition < count; partition++)
            {
                var id = new PartitionId(use.Group, use.Topic, use.Log is null ? Parts.Topics.IncarnationOf(use.Topic) : 1, partition);
                readers.Add(id.ReaderId, new CatalogReader(id, use.Graph) { IsTopic = use.Log is null, Pipeline = use.Pipeline, Version = use.Version, IsSink = use.IsSink });
            }
        return new Listing(book, uses, partitions, readers, readers.Values.ToLookup(r => (r.Partition.Topic, r.Partition.Partition), r => r.Partition.ReaderId));
    }

    private sealed record Listing(
        PipelineBook? Book, IReadOnlyList<ReaderUse> Uses, int[] Partitions, IReadOnlyDictionary<string, CatalogReader> Readers, ILookup<(string Topic, int Partition), string> ByPartition)
    {
        public IReadOnlyCollection<string> Ids { get; } = [.. Readers.Keys];
    }
}

/// <summary>The readers of one pipeline: of its source, of a join those of both topics, and one group for each sink.</summary>
public sealed record PipelineReaders(IReadOnlyList<ReaderGroup> Sources, IReadOnlyList<SinkGroup> Sinks)
{
    internal IEnumerable<ReaderUse> Uses(PipelineSpec pipeline) => Sources.Select(ReaderUse.Of).Concat(Sinks.Select(ReaderUse.Of)).Select(u => u with { Pipeline = pipeline.Id, Version = pipeline.Version });
}

/// <summary>One group of readers, whatever becomes of what it reads.</summary>
internal sealed record ReaderUse(string Group, string Topic, IRecordLog? Log, GraphOf Graph)
{
    public string? Pipeline { get; init; }

    public long Version { get; init; }

    public bool IsSink { get; init; }

    public static ReaderUse Of(ReaderGroup group) => new(group.Name, group.Topic, group.Log, (parts, id, row) => ReaderFlows.ToEntities(parts, group, id, row)) { Pipeline = group.Pipeline };

    public static ReaderUse Of(SinkGroup sink) => new(sink.Name, sink.Topic, null, (parts, id, row) => ReaderFlows.ToSink(parts, sink, id, row)) { IsSink = true };
}

/// <summary>Makes the one stream of a reader.</summary>
public delegate IRunnableGraph<(ITopicHint, IReaderControl)> GraphOf(ReaderParts parts, PartitionId partition, CommitRow row);

public sealed record CatalogReader(PartitionId Partition, GraphOf Graph)
{
    /// <summary>Else its records lie in files.</summary>
    public bool IsTopic { get; init; } = true;

    /// <summary>The pipeline whose source or sink it is; null: none, it always runs.</summary>
    public string? Pipeline { get; init; }

    /// <summary><see cref="PipelineSpec.Version"/> of what it runs.</summary>
    public long Version { get; init; }

    public bool IsSink { get; init; }
}
