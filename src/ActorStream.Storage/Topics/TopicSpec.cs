using ActorStream.Domain.Records;

namespace ActorStream.Storage.Topics;

/// <summary>A topic as the configuration wants it.</summary>
internal sealed record TopicSpec(string Name, int Partitions, TopicKind Kind)
{
    public const int PartitionsMax = 1024;

    /// <summary>Ours and <paramref name="more"/>, without those that live elsewhere.</summary>
    public static IEnumerable<TopicSpec> All(IEnumerable<KeyValuePair<string, int>> more, int metricPartitions, int alarmPartitions, IReadOnlySet<string> external) =>
        more.Select(t => new TopicSpec(t.Key, t.Value, TopicKind.Batches))
            .Append(new TopicSpec(TopicNames.Metrics, metricPartitions, TopicKind.Batches))
            .Append(new TopicSpec(TopicNames.Alarms, alarmPartitions, TopicKind.Batches))
            .Append(new TopicSpec(TopicNames.Rules, 1, TopicKind.Compacted))
            .Append(new TopicSpec(TopicNames.Pipelines, 1, TopicKind.Compacted))
            .Where(t => !external.Contains(t.Name));
}

/// <summary>Stored as a number.</summary>
internal enum TopicKind
{
    Batches = 0,
    Compacted = 1,
}

/// <summary>A topic as it is stored. Nothing of it changes while the storage is open.</summary>
internal sealed record TopicInfo(long Id, string Name, TopicKind Kind, int Incarnation, int Partitions);
