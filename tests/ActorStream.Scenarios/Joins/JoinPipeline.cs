using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Joins;

/// <summary>A join of <see cref="JoinTopics"/> with a file and the table as its sinks, and the plain loop that says what it must say.</summary>
internal sealed record JoinPipeline(string Id, bool IsLeft, long LatenessMs)
{
    private const long DelayMs = 2_000;
    private const long SizeMs = 2_000;
    private const long SlideMs = 1_000;

    /// <summary>Beside the file and the table, each with a comma before it.</summary>
    public string MoreSinks { get; init; } = "";

    /// <summary>Names of <see cref="MoreSinks"/>.</summary>
    public IReadOnlyList<string> MoreNames { get; init; } = [];

    public string Results => $"results.{Id}";

    public string OutputIn(string folder) => Path.Combine(folder, $"{Id}.jsonl");

    public PlainRows Plain(INodeStorage storage) =>
        PlainJoin.Of(IsLeft, JoinTopics.Read(storage, JoinTopics.Orders), JoinTopics.Read(storage, JoinTopics.Payments), SizeMs, SlideMs, DelayMs, LatenessMs);

    public Ending Ending(PlainRows plain) =>
        new(Id, JoinTopics.Both, $"pipeline.{Id}", Results, [.. MoreNames.Prepend("table").Prepend("file").Select(n => $"sink.{Id}.{n}")], plain.Open);

    /// <summary>Its file in a folder where its results go, too.</summary>
    public string WriteIn(string folder)
    {
        var path = Path.Combine(folder, $"{Id}.conf");
        File.WriteAllText(path, $$"""
            pipeline {
              id = {{Id}}
              source { type = topic, topic = {{JoinTopics.Orders}} }
              key = order
              time = at
              join { topic = {{JoinTopics.Payments}}, type = {{(IsLeft ? "left" : "inner")}}, time = paid_at, value = amount }
              windows = [{ type = sliding, size_ms = {{SizeMs}}, slide_ms = {{SlideMs}}, allowed_lateness_ms = {{LatenessMs}} }]
              watermark { delay_ms = {{DelayMs}}, idle_timeout_ms = 600000 }
              sinks = [{ type = file, name = file, target = "{{OutputIn(folder)}}" }, { type = table, name = table }{{MoreSinks}}]
              key_groups = 16
            }
            """);
        return path;
    }
}
