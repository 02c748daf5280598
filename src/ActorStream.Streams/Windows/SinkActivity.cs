using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Windows;

/// <summary>How long results of a pipeline took, from the arrival of what closed their window to a sink. One observation for each chunk written: of its oldest result that closes a window.</summary>
/// <remarks>Known are the arrivals of partitions that are read on this node; of a node that reads none nothing is observed, nor where a window was closed without a record (an idle partition, the end of a bounded source).</remarks>
internal sealed class SinkActivity(PipelineTelemetry telemetry, PipelineSpec pipeline, TimeProvider time)
{
    private const int LooksMax = 16;

    private readonly PipelineActivity _activity = telemetry.ActivityOf(pipeline.Id);

    /// <summary>The sink has the chunk for good.</summary>
    public void Written(TopicChunk chunk)
    {
        if (OldestDue(chunk) is not { } due || _activity.Arrivals.Of(due) is not { } arrivedMs)
            return;
        var tookMs = Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - arrivedMs);
        telemetry.Took(pipeline.Id, tookMs / 1_000.0);
        _activity.Took(tookMs);
    }

    /// <summary>The event time that closed the window of the first result that is no later revision; null: the first of them are all such.</summary>
    private long? OldestDue(TopicChunk chunk)
    {
        var looks = 0;
        foreach (var batch in chunk.Batches)
        {
            var records = new RecordCursor(batch, chunk.Columns);
            while (records.Next())
            {
                if (records.Offset < chunk.From)
                    continue;
                if (DueOf(records.Value) is { } due)
                    return due;
                if (++looks == LooksMax)
                    return null;
            }
        }
        return null;
    }

    private long? DueOf(ReadOnlySpan<byte> value)
    {
        try
        {
            var result = ResultReader.Read(value, out _);
            if (result.Revision > 0 || result.IsRetracted)
                return null;
            return result.EndMs + pipeline.Watermark.DelayMs + (pipeline.Windows.Emit == EmitMode.Final ? LatenessOf(result.WindowName) : 0);
        }
        catch (InvalidDataException)
        {
            // The sink makes it a dead letter, or writes it as it is.
            return null;
        }
    }

    private long LatenessOf(string windowName)
    {
        for (var i = 0; i < pipeline.Windows.Specs.Count; i++)
        {
            if (pipeline.Windows.NameOf(i) == windowName)
                return pipeline.Windows.Specs[i].AllowedLatenessMs;
        }
        return 0;
    }
}
