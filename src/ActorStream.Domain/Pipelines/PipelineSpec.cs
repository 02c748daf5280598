using System.Text.RegularExpressions;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Pipelines;

/// <summary>A pipeline as data: where events come from, what their windows are, and where results go. Immutable.</summary>
/// <param name="Id">Names reader group, entities and results topic: 1 to 64 of a-z, A-Z, 0-9, <c>_</c>, <c>-</c>, <c>.</c>; for ever.</param>
/// <param name="Windows">Specs, aggregates, emit mode and bounds.</param>
/// <param name="Sinks">Readers of the results topic; none: the topic alone.</param>
public sealed partial record PipelineSpec(string Id, string Name, SourceSpec Source, EventFields Fields, WindowPlan Windows, WatermarkSpec Watermark, IReadOnlyList<SinkSpec> Sinks)
{
    /// <summary>Window entities of a pipeline; keys are dealt to them by a stable hash. Fixed for the life of its state.</summary>
    public int KeyGroups { get; init; } = 64;

    /// <summary>The second topic, whose events meet those of the source; null: windows sum up the source alone.</summary>
    public JoinSpec? Join { get; init; }

    /// <summary>Which change of the pipeline this is: the position of its row in the <c>pipelines</c> topic, so it grows with each; 0 before the first.</summary>
    public long Version { get; init; }

    /// <summary>How often entities are asked for a checkpoint: what a crash replays. Milliseconds.</summary>
    public int CheckpointMs { get; init; } = 1_000;

    public const int KeyGroupsMax = 1_024;
    public const int CheckpointMsMin = 100;
    public const int CheckpointMsMax = 60_000;
    private const int NameMax = 200;
    private const int TopicMax = 200;

    /// <summary>The reader group of its source.</summary>
    public string ReaderGroup => $"pipeline.{Id}";

    /// <summary>Embedded topics it reads: of its source, if that is one, and the second one of a join.</summary>
    public IEnumerable<string> SourceTopics => new[] { Source.Kind == SourceKind.Topic ? Source.Topic : null, Join?.Topic }.OfType<string>();

    /// <summary>The topic of its source's partitions in commit rows and lists; for what is no embedded topic a name that none can have.</summary>
    public string SourceName => Source.Kind switch
    {
        SourceKind.Topic => Source.Topic,
        SourceKind.File => TopicNames.FilesPrefix + Id,
        SourceKind.Kafka => TopicNames.KafkaPrefix + Source.Topic,
        SourceKind.Mock => TopicNames.MockPrefix + Id,
        _ => throw new InvalidOperationException($"no name for a source of kind {Source.Kind}"),
    };

    /// <summary>New and empty state of one of its entities.</summary>
    public IWindowLogic NewState() => Join is { } join ? new JoinState(new JoinPlan(Windows, join.Type, join.Topic)) : new WindowState(Windows, Version);

    public string EntityId(int group) => $"{Id}/{group}";

    public static string ResultsTopicOf(string id) => $"results.{id}";

    /// <summary>All that is wrong with it, each with the value, the limit and the remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (!IdPattern().IsMatch(Id))
            faults.Add($"id is \"{Id}\"; 1 to 64 letters, digits, _, - and . are allowed.");
        if (Name.Length is 0 or > NameMax)
            faults.Add($"name has {Name.Length} characters; 1 to {NameMax} are allowed.");
        if (KeyGroups is < 1 or > KeyGroupsMax)
            faults.Add($"key_groups is {KeyGroups}; it goes from 1 to {KeyGroupsMax}.");
        if (CheckpointMs is < CheckpointMsMin or > CheckpointMsMax)
            faults.Add($"checkpoint_ms is {CheckpointMs}; it goes from {CheckpointMsMin} to {CheckpointMsMax}.");
        faults.AddRange(Source.Faults());
        faults.AddRange(Fields.Faults());
        faults.AddRange(Windows.Faults());
        faults.AddRange(Watermark.Faults());
        for (var i = 0; i < Sinks.Count; i++)
            faults.AddRange(Sinks[i].Faults().Select(f => $"sinks[{i}].{f}"));
        foreach (var twice in Sinks.GroupBy(s => s.Name).Where(g => g.Count() > 1))
            faults.Add($"sinks holds the name {twice.Key} {twice.Count()} times; a sink's position is kept under its name: give each its own.");
        faults.AddRange(SinksBesideTheRest());
        if (TopicNames.IsOurs(Windows.ResultsTopic) || Windows.ResultsTopic.Length is 0 or > TopicMax)
            faults.Add($"results is \"{Windows.ResultsTopic}\"; name a topic of 1 to {TopicMax} characters that is none of this program's own, or leave it out for {ResultsTopicOf(Id)}.");
        if (TopicNames.ReservedPrefixOf(Windows.ResultsTopic) is { } reserved)
            faults.Add($"results is \"{Windows.ResultsTopic}\"; names that begin with {reserved} stand for sources that are no embedded topic: take another name.");
        if (Join is { } join)
            faults.AddRange(join.Faults(this));
        if (Source.Kind == SourceKind.Topic && Source.Topic == Windows.ResultsTopic)
            faults.Add($"source.topic and results are both \"{Source.Topic}\": the pipeline would feed itself. Name another results topic.");
        return faults;
    }

    /// <summary>Id of a pipeline, name of a sink.</summary>
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    internal static partial Regex IdPattern();

    private IEnumerable<string> SinksBesideTheRest()
    {
        for (var i = 0; i < Sinks.Count; i++)
        {
            if (Sinks[i].Kind == SinkKind.Kafka && Source.Kind == SourceKind.Kafka && Sinks[i].Target == Source.Topic)
                yield return $"sinks[{i}] writes to topic {Source.Topic} of Kafka, which source.topic names: the pipeline would feed itself. Name another topic.";
            if (Sinks[i] is not { Kind: SinkKind.Metrics } sink)
                continue;
            if (sink.Field == ResultField.Last && !Windows.Aggregates.HasFlag(AggregateKind.Last))
                yield return $"sinks[{i}].field is last, and aggregate does not hold last; add it, or take count, sum, min, max or avg.";
            if (Source.Kind == SourceKind.Topic && Source.Topic == TopicNames.Metrics)
                yield return $"sinks[{i}] writes to {TopicNames.Metrics}, which source.topic names: the pipeline would feed itself. Read another topic, or use another type of sink.";
        }
    }
}

/// <summary>Which members of an event's JSON object are its key, time and value (compatibility.md section 2).</summary>
/// <param name="Key">Text or number; absent: <c>default</c>.</param>
/// <param name="Time">ISO 8601 text or epoch milliseconds; absent: when it arrived.</param>
/// <param name="Value">Absent: 0; not a number: 1.</param>
public sealed record EventFields(string Key = "partition_key", string Time = "event_time", string Value = "value")
{
    private const int NameMax = 100;

    /// <summary>The member that is counted as distinct; null: the value.</summary>
    public string? Distinct { get; init; }

    public IEnumerable<string> Faults() =>
        new[] { ("key", Key), ("time", Time), ("value", Value), ("distinct", Distinct ?? "-") }
            .Where(f => f.Item2.Length is 0 or > NameMax)
            .Select(f => $"{f.Item1} names a member of {f.Item2.Length} characters; 1 to {NameMax} are allowed.");
}

/// <summary>How event time advances; all in milliseconds.</summary>
/// <param name="DelayMs">How much later than the greatest event time of its partition an event may come and still be on time.</param>
/// <param name="IdleTimeoutMs">Silence at its end after which a partition follows the others.</param>
/// <param name="CloseOnIdle">When all are idle, time goes on by the clock.</param>
public sealed record WatermarkSpec(long DelayMs = 5_000, long IdleTimeoutMs = 30_000, bool CloseOnIdle = false)
{
    /// <summary>An event that claims to be further in the future of its arrival becomes a dead letter and does not move time.</summary>
    public long JumpMsMax { get; init; } = 86_400_000;

    /// <summary>A partition whose time is further ahead of the slowest pauses; 0: never.</summary>
    public long AlignmentMs { get; init; }

    public IEnumerable<string> Faults()
    {
        foreach (var (name, value, least) in new[] { ("delay_ms", DelayMs, 0L), ("idle_timeout_ms", IdleTimeoutMs, 1), ("max_jump_ms", JumpMsMax, 1), ("alignment_ms", AlignmentMs, 0) })
        {
            if (value < least || value > WindowSpec.DurationMsMax)
                yield return $"watermark.{name} is {value}; it goes from {least} to {WindowSpec.DurationMsMax} (ten years), in milliseconds.";
        }
        if (AlignmentMs > 0 && AlignmentMs < DelayMs)
            yield return $"watermark.alignment_ms is {AlignmentMs} and less than delay_ms ({DelayMs}): partitions would wait for each other all the time. Make it several times the delay, or 0 for no alignment.";
    }
}
