using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Windows;

/// <summary>A pipeline over the topic of an <see cref="EventLoad"/>, with a file and the table as its sinks, and the plain loop that says what it must say.</summary>
/// <param name="Window">As in its file.</param>
/// <param name="IsOnce">Each window says one thing, so the results are equal as whole sets.</param>
internal sealed record WindowPipeline(string Id, string Window, string Emit, bool IsOnce, Func<IReadOnlyList<IReadOnlyList<LoggedEvent>>, PlainAnswer> Plain)
{
    private const long DelayMs = 2_000;
    private const long SizeMs = 10_000;
    private const long SlideMs = 4_000;
    private const long GapMs = 100;
    private const string File = "out";
    private const string Table = "rows";

    public static readonly WindowPipeline Tumbling = new(
        "tumbling", $"{{ type = tumbling, size_ms = {SizeMs}, allowed_lateness_ms = 20000 }}", "update", false, log => PlainWindows.Fixed(log, "tumbling", SizeMs, SizeMs, DelayMs, 20_000));

    public static readonly WindowPipeline Sliding = new(
        "sliding", $"{{ type = sliding, size_ms = {SizeMs}, slide_ms = {SlideMs}, allowed_lateness_ms = 8000 }}", "final", true, log => PlainWindows.Fixed(log, "sliding", SizeMs, SlideMs, DelayMs, 8_000));

    public static readonly WindowPipeline Sessions = new(
        "sessions", $"{{ type = session, gap_ms = {GapMs}, allowed_lateness_ms = 6000 }}", "update", false, log => PlainWindows.Sessions(log, GapMs, DelayMs, 6_000));

    public int CheckpointMs { get; init; } = 1_000;

    /// <summary>Beyond those that are always there.</summary>
    public string Aggregates { get; init; } = "";

    /// <summary>Beside the file and the table, each with a comma before it.</summary>
    public string MoreSinks { get; init; } = "";

    public string Results => $"results.{Id}";

    /// <summary>Of its source.</summary>
    public string ReaderGroup => $"pipeline.{Id}";

    /// <summary>Of its sinks.</summary>
    public IReadOnlyList<string> SinkGroups => [$"sink.{Id}.{File}", $"sink.{Id}.{Table}"];

    public string OutputIn(string folder) => Path.Combine(folder, $"{Id}.jsonl");

    /// <summary>Its file in a folder where its results go, too.</summary>
    public string WriteIn(string folder)
    {
        var path = Path.Combine(folder, $"{Id}.conf");
        System.IO.File.WriteAllText(path, $$"""
            pipeline {
              id = {{Id}}
              source { type = topic, topic = {{EventLoad.Topic}} }
              windows = [{{Window}}]
              aggregate = [{{Aggregates}}]
              watermark { delay_ms = {{DelayMs}}, idle_timeout_ms = 600000 }
              emit = {{Emit}}
              sinks = [{ type = file, name = {{File}}, target = "{{OutputIn(folder)}}" }, { type = table, name = {{Table}} }{{MoreSinks}}]
              checkpoint_ms = {{CheckpointMs}}
              key_groups = 16
            }
            """);
        return path;
    }

    /// <summary>The cluster's storage as its nodes see it, with the topics of these pipelines.</summary>
    public static Task<INodeStorage> OpenAsync(LocalCluster cluster, IReadOnlyList<WindowPipeline> pipelines) => cluster.OpenStorageAsync([EventLoad.Topic], [.. pipelines.Select(p => p.Results)]);
}
