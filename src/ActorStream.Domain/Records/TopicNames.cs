namespace ActorStream.Domain.Records;

/// <summary>The topics every node knows, and the reader groups that read them.</summary>
public static class TopicNames
{
    /// <summary>Samples from outside; embedded or Kafka.</summary>
    public const string Metrics = "metrics";

    /// <summary>Rules by id, compacted; embedded or Kafka.</summary>
    public const string Rules = "rules";

    /// <summary>Pipelines by id: what they are and whether they run, compacted; always embedded.</summary>
    public const string Pipelines = "pipelines";

    /// <summary>Alarms raised; internal, always in the journal's database.</summary>
    public const string Alarms = "alarms";

    /// <summary>metrics -> <c>MetricAlarmActor</c>.</summary>
    public const string AlarmsGroup = "alarms";

    /// <summary>alarms -> <c>NoticeActor</c>.</summary>
    public const string NoticesGroup = "notices";

    /// <summary>alarms -> the history table.</summary>
    public const string HistoryGroup = "history";

    /// <summary>Begins the name under which files of a pipeline are read: a log that is no topic.</summary>
    public const string FilesPrefix = "files.";

    /// <summary>Made on every node whatever pipelines there are.</summary>
    public static bool IsOurs(string topic) => topic is Metrics or Alarms || IsCompacted(topic);

    /// <summary>Rows by key instead of records in order.</summary>
    public static bool IsCompacted(string topic) => topic is Rules or Pipelines;

    /// <summary>Begins the name under which made-up events of a pipeline are read: a log that is no topic.</summary>
    public const string MockPrefix = "mock:";

    /// <summary>Begins the name under which a topic of the brokers is read by pipelines, so that it is never taken for an embedded topic of its name.</summary>
    public const string KafkaPrefix = "kafka:";

    /// <summary>How far it goes, only its readers know.</summary>
    public static bool IsLog(string topic) => topic.StartsWith(FilesPrefix, StringComparison.Ordinal) || topic.StartsWith(MockPrefix, StringComparison.Ordinal);

    public static bool IsKafka(string topic) => topic.StartsWith(KafkaPrefix, StringComparison.Ordinal);

    /// <summary>The prefix of a name that stands for something else than an embedded topic; null: it has none.</summary>
    public static string? ReservedPrefixOf(string topic) => new[] { FilesPrefix, MockPrefix, KafkaPrefix }.FirstOrDefault(p => topic.StartsWith(p, StringComparison.Ordinal));
}
