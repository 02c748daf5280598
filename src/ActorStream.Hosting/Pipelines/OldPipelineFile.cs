using System.Text.Json.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;

namespace ActorStream.Hosting.Pipelines;

/// <summary>The file of the old windowing engine: <c>app_name, debug, processing, windowing.windows[], watermarks, …</c>. What has no meaning here is read over.</summary>
internal static class OldPipelineFile
{
    public static bool Is(JsonObject root) => root.ContainsKey("windowing") || root.ContainsKey("app_name") || root.ContainsKey("watermarks");

    public static PipelineSpec Read(Members members, string idIfNone)
    {
        var name = members.Text("app_name", idIfNone);
        var id = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '-').Take(64)]);
        CheckProcessing(members.Object("processing"));
        members.Switch("debug", false);
        var plan = new WindowPlan(id, PipelineFile.WindowsOf(members.Object("windowing")), PipelineSpec.ResultsTopicOf(id));
        return new PipelineSpec(id, name, SourceSpec.OfFiles("-"), new EventFields(), plan, WatermarkOf(members.Object("watermarks")), []);
    }

    /// <summary>A file is one partition whatever the parallelism, and back-pressure has bounds of its own; they must be of their type all the same.</summary>
    private static void CheckProcessing(Members processing)
    {
        processing.AtLeast("parallelism", 4, 1);
        processing.AtLeast("queue_size", 10_000, 1);
        processing.AtLeast("checkpoint_interval", 30, 0);
    }

    private static WatermarkSpec WatermarkOf(Members watermarks)
    {
        var usual = new WatermarkSpec();
        return usual with
        {
            DelayMs = Milliseconds(watermarks.Number("delay_seconds", usual.DelayMs / 1000.0)),
            IdleTimeoutMs = Milliseconds(watermarks.Number("idle_timeout_seconds", usual.IdleTimeoutMs / 1000.0)),
            CloseOnIdle = watermarks.Switch("close_on_idle", false),
        };
    }

    private static long Milliseconds(double seconds) => (long)Math.Round(Math.Clamp(seconds * 1000, -1e15, 1e15));
}
