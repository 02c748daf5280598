using System.Text;

namespace ActorStream.Domain.Pipelines;

public enum SinkKind
{
    /// <summary>JSON lines; torn or repeated lines are cut at the next start.</summary>
    File,

    Console,

    /// <summary>The table <c>window_result</c> of the state database: the last revision of every window.</summary>
    Table,

    /// <summary>A topic of the Kafka brokers.</summary>
    Kafka,

    InfluxDb,

    /// <summary>Samples in <c>metrics</c>, so that any rule can watch a window.</summary>
    Metrics,
}

/// <summary>What a sample of a metrics sink says of its window.</summary>
public enum ResultField
{
    Avg,
    Count,
    Sum,
    Min,
    Max,

    /// <summary>Only where the pipeline aggregates it.</summary>
    Last,
}

/// <param name="Name">Its position is kept under this name; unique in its pipeline; for ever.</param>
/// <param name="Target">Path, topic, URL or metric name; empty where the kind needs none.</param>
public sealed record SinkSpec(SinkKind Kind, string Name, string Target)
{
    /// <summary>As in a sample's own name, in UTF-8.</summary>
    private const int MetricNameBytesMax = 200;

    private const long KeepMsMax = 3_153_600_000_000;

    /// <summary>Of a metrics sink.</summary>
    public ResultField Field { get; init; }

    /// <summary>Of a table sink: rows whose window ended longer ago than this are deleted; 0: none ever is. Milliseconds.</summary>
    public long KeepMs { get; init; }

    public IEnumerable<string> Faults()
    {
        if (KeepMs is < 0 or > KeepMsMax)
            yield return $"keep_ms is {KeepMs}; it goes from 0 (for ever) to {KeepMsMax} (a hundred years).";
        if (!PipelineSpec.IdPattern().IsMatch(Name))
            yield return $"name is \"{Name}\"; 1 to 64 letters, digits, _, - and . are allowed.";
        if (Target.Length == 0 && Kind is not (SinkKind.Console or SinkKind.Table))
            yield return $"target is missing; a sink of type {Kind.ToString().ToLowerInvariant()} needs one.";
        if (Target.Length > 0 && Kind == SinkKind.Table)
            yield return $"target is \"{Target}\"; a sink of type table writes to window_result and takes none. Leave it out.";
        if (Kind == SinkKind.Metrics && (Encoding.UTF8.GetByteCount(Target) > MetricNameBytesMax || Target.Any(char.IsControl)))
            yield return $"target is a name of {Encoding.UTF8.GetByteCount(Target)} bytes; a metric has 1 to {MetricNameBytesMax}, without control characters.";
        if (Kind == SinkKind.InfluxDb && Target.Length > 0)
        {
            foreach (var fault in InfluxTarget.Faults(Target))
                yield return fault;
        }
    }
}
