using System.Collections.Immutable;
using ActorStream.Domain.Records;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <param name="DataFolder">Holds <c>topics.db</c> and <c>state.db</c>; made when missing. On a local disk: SQLite's locks do not work on network shares.</param>
/// <param name="ClusterName">The folder belongs to the first cluster that opened it; another name is refused.</param>
/// <param name="StateSurvivesPowerLoss">True: <c>state.db</c> is synchronous = FULL. False: NORMAL, which survives kill -9 only (protocol.md A14). <c>topics.db</c> is always FULL.</param>
/// <param name="MetricPartitions">1 to 1024; fixed when the topic is made.</param>
/// <param name="AlarmPartitions">1 to 1024; fixed when the topic is made.</param>
/// <param name="TopicsPagesMax">Bound of <c>topics.db</c> in pages of 4096 bytes; null: the disk is the bound.</param>
/// <param name="HistoryRetention">Age at which <see cref="SqliteStorage.RetainAsync"/> deletes alarms of the history and dead letters; null: 30 days.</param>
public sealed record StorageOptions(
    string DataFolder,
    string ClusterName,
    bool StateSurvivesPowerLoss = true,
    int MetricPartitions = 4,
    int AlarmPartitions = 4,
    long? TopicsPagesMax = null,
    TimeSpan? HistoryRetention = null)
{
    /// <summary>Further topics of batches by name, with their partitions.</summary>
    public ImmutableDictionary<string, int> MoreTopics { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Topics that live with the journal in <c>state.db</c>, so that both roll back as one.</summary>
    public ImmutableHashSet<string> InternalTopics { get; init; } = [TopicNames.Alarms];

    /// <summary>Topics that live in Kafka: not made here, and their commit rows are not compared with anything here.</summary>
    public ImmutableHashSet<string> ExternalTopics { get; init; } = [];

    internal IEnumerable<TopicSpec> Topics => TopicSpec.All(MoreTopics, MetricPartitions, AlarmPartitions, ExternalTopics);
}
