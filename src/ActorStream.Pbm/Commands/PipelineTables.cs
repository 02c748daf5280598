using System.Text.Json;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm.Commands;

/// <summary>Pipelines, their windows and their time as rows.</summary>
internal static class PipelineTables
{
    private static readonly string[] Durations = ["size_ms", "slide_ms", "gap_ms"];

    public static IEnumerable<Printed> List(JsonElement answer) =>
        [new Table(["ID", "NAME", "RUNNING", "WINDOWS"], Cells.Rows(answer, "pipelines", p => [Cells.Text(p, "id"), Cells.Text(p, "name"), Cells.Text(p, "running"), string.Join(", ", Cells.Items(p, "window_configs").Select(WindowOf))]))];

    /// <summary>One row for each member; what is an object or a list of such stands as JSON.</summary>
    public static IEnumerable<Printed> Show(JsonElement answer) =>
        [new Table([], [.. answer.EnumerateObject().Select(m => new[] { m.Name.Replace('_', ' '), Cells.Printable(m.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? m.Value.GetRawText() : Cells.Text(m.Value)) })])];

    public static IEnumerable<Printed> Windows(JsonElement answer)
    {
        yield return Tables.Columns(answer, "windows", "pipeline_id", "window_id", "start_time", "end_time", "event_count", "state");
        if (Cells.Member(answer, "unknown_groups") is { } unknown)
            yield return new Line($"{Cells.Text(unknown)} key groups did not answer; what they hold is unknown.");
    }

    public static IEnumerable<Printed> Watermarks(JsonElement answer)
    {
        yield return Tables.Columns(answer, "partitions", "partition", "watermark", "lag_seconds", "idle", "holds_back", "lag_records");
        yield return new Line($"Watermark of all: {Cells.Text(answer, "global_watermark")}.");
    }

    public static IEnumerable<Printed> Checkpoints(JsonElement answer)
    {
        if (Cells.Member(answer, "sums") is { } sums)
            yield return Tables.Facts(sums, ["pipelines", "partitions", "lag_records", "key_groups", "events", "event_bytes", "snapshot_bytes"]);
        var pipelines = Cells.Items(answer, "checkpoints").ToArray();
        yield return new Table(["PARTITION", "POSITION", "HEAD", "LAG RECORDS", "EPOCH", "SERIAL", "WATERMARK", "IDLE", "COMMITTED AT"], [.. pipelines.SelectMany(p => Cells.Rows(p, "partitions", Partition))]);
        yield return new Table(["KEY GROUP", "SEQUENCE", "SNAPSHOT", "EVENTS", "EVENT BYTES", "SNAPSHOT BYTES", "LAST EVENT AT"], [.. pipelines.SelectMany(p => Cells.Rows(p, "key_groups", g => Group(p, g)))]);
        if (Cells.Member(answer, "next") is { } next)
            yield return new Line($"There are more key groups after {Cells.Text(next)}; name a pipeline, or ask GET /checkpoints page by page.");
    }

    private static string[] Partition(JsonElement p) =>
        [.. new[] { "partition", "position", "head", "lag_records", "epoch", "serial", "watermark", "idle", "committed_at" }.Select(m => Cells.Text(p, m))];

    private static string[] Group(JsonElement pipeline, JsonElement g) =>
        [$"{Cells.Text(pipeline, "pipeline_id")}/{Cells.Text(g, "group")}", .. new[] { "sequence", "snapshot_sequence", "events", "event_bytes", "snapshot_bytes", "last_event_at" }.Select(m => Cells.Text(g, m))];

    private static string WindowOf(JsonElement window) =>
        string.Join(' ', new[] { Cells.Text(window, "type") }.Concat(Durations.Where(d => Cells.Member(window, d) is not null).Select(d => Cells.Text(window, d))));
}
