using System.Globalization;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Windows;

/// <summary>A late event as a dead letter. Its id is the position and the name of the windows: a replay writes the same letter, also when the pipeline was changed meanwhile.</summary>
internal static class LateLetter
{
    public static DeadLetterEntry Of(LateEvent late, WindowPlan plan, long nowMs) =>
        new($"{late.Partition}@{late.Offset}/{plan.NameOf(late.Spec)}", ReasonOf(late.Reason), late.Partition.ToString(), nowMs, Sentence(late, plan), "");

    private static string ReasonOf(LateReason reason) => reason switch
    {
        LateReason.Late => "late",
        LateReason.IdlePartition => "idle_partition",
        LateReason.Behind => "behind",
        LateReason.Bound => "bound",
        _ => throw new InvalidOperationException($"Reason {reason} of a late event has no word."),
    };

    private static string Sentence(LateEvent late, WindowPlan plan)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"Pipeline {plan.PipelineId}, key \"{late.Key}\", event time {Show(late.TimeMs)}, value {late.Value:R}: {plan.NameOf(late.Spec)} window [{Show(late.WindowStartMs)}, {Show(late.WindowEndMs)}) ");
        var lateness = plan.Specs[late.Spec].AllowedLatenessMs;
        var bounds = plan.Bounds;
        return text + late.Reason switch
        {
            LateReason.Bound => string.Create(CultureInfo.InvariantCulture, $"had no room: at most {bounds.KeysMax} keys and {bounds.WindowsMax} windows a key group. Raise the bounds, or let records wait."),
            LateReason.IdlePartition => $"{Closed(late, lateness)}, which the partition was given while it was idle. Raise idle_timeout or allowed_lateness_ms.",
            LateReason.Behind when late.WindowEndMs + lateness > late.WatermarkMs => $"stays closed: it had ended by {Show(late.WatermarkMs)}, when the pipeline was changed{Others(late)}",
            LateReason.Behind => $"{Closed(late, lateness)}, which its key group had reached before this partition joined.",
            _ => $"{Closed(late, lateness)}. Raise the watermark's delay or allowed_lateness_ms to take such events.",
        };
    }

    private static string Closed(LateEvent late, long latenessMs) => string.Create(
        CultureInfo.InvariantCulture,
        $"closed {latenessMs} ms after its end, at or behind the watermark {Show(late.WatermarkMs)}{(late.Windows > 1 ? $" (so did {late.Windows - 1} before it)" : "")}{Others(late)}");

    private static string Others(LateEvent late) => late.IsRejected ? "" : "; other windows took it";

    /// <summary>ISO 8601, or epoch milliseconds where that ends.</summary>
    private static string Show(long timeMs)
    {
        if (timeMs == PartitionId.NoTime)
            return "none";
        return timeMs < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || timeMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? timeMs.ToString(CultureInfo.InvariantCulture)
            : DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
