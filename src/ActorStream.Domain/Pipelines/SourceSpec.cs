using ActorStream.Domain.Records;

namespace ActorStream.Domain.Pipelines;

public enum SourceKind
{
    /// <summary>An embedded topic.</summary>
    Topic,

    /// <summary>Files of JSON lines; each is one partition in file order.</summary>
    File,

    /// <summary>A topic of the Kafka brokers.</summary>
    Kafka,

    /// <summary>Events that are made up as they are read.</summary>
    Mock,
}

/// <param name="Topic">For topics, embedded or of Kafka; else empty.</param>
/// <param name="Paths">For files: each is one partition, numbered in this order; else empty.</param>
public sealed record SourceSpec(SourceKind Kind, string Topic, IReadOnlyList<string> Paths)
{
    public const int PathsMax = 64;

    /// <summary>The source ends, at the end of its files or with its last made-up event; then time goes to its end and every window fires.</summary>
    public bool IsBounded { get; init; }

    /// <summary>What is made up; null for every other kind.</summary>
    public MockSpec? Mock { get; init; }

    /// <summary>Partitions where the source itself says how many; null: its topic does.</summary>
    public int? LogPartitions => Kind switch { SourceKind.File => Paths.Count, SourceKind.Mock => Mock!.Partitions, _ => null };

    public static SourceSpec OfTopic(string topic) => new(SourceKind.Topic, topic, []);

    public static SourceSpec OfFiles(params IReadOnlyList<string> paths) => new(SourceKind.File, "", paths);

    public static SourceSpec OfKafka(string topic) => new(SourceKind.Kafka, topic, []);

    /// <summary>Bounded exactly when the mock has a count.</summary>
    public static SourceSpec OfMock(MockSpec mock) => new(SourceKind.Mock, "", []) { Mock = mock, IsBounded = mock.Count > 0 };

    public IEnumerable<string> Faults()
    {
        if (Kind is SourceKind.Topic or SourceKind.Kafka && Topic.Length is 0 or > 200)
            yield return $"source.topic is \"{Topic}\"; name a topic of 1 to 200 characters.";
        if (Kind == SourceKind.Topic && TopicNames.IsCompacted(Topic))
            yield return $"source.topic is \"{Topic}\", which holds no events; name another topic.";
        if (Kind == SourceKind.Topic && TopicNames.ReservedPrefixOf(Topic) is { } reserved)
            yield return $"source.topic is \"{Topic}\"; names that begin with {reserved} stand for sources that are no embedded topic: use type file, mock or kafka, or another name.";
        if (Kind == SourceKind.File && Paths.Count is 0 or > PathsMax)
            yield return $"source.paths holds {Paths.Count} files; 1 to {PathsMax} are allowed.";
        foreach (var twice in Paths.GroupBy(p => p).Where(g => g.Count() > 1))
            yield return $"source.paths holds {twice.Key} {twice.Count()} times; each file once.";
        foreach (var fault in Mock?.Faults() ?? [])
            yield return fault;
    }
}
