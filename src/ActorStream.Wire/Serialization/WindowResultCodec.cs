using System.Runtime.Serialization;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>A result on its way to its topic, inside checkpoints and snapshots. Everything round trips exactly, doubles by their bits.</summary>
internal static class WindowResultCodec
{
    public static WindowResultMessage Write(WindowResult result)
    {
        var message = new WindowResultMessage
        {
            PipelineId = result.PipelineId,
            WindowName = result.WindowName,
            Key = result.Key,
            Spec = result.Spec,
            Type = ToType(result.Type),
            StartMs = result.StartMs,
            EndMs = result.EndMs,
            Revision = result.Revision,
            Data = Write(result.Data),
        };
        if (result.MergedIntoStartMs is { } start)
            message.MergedIntoStartMs = start;
        return message;
    }

    public static WindowResult Read(WindowResultMessage message) => new(
        message.PipelineId, message.WindowName, message.Key, message.Spec, FromType(message.Type), message.StartMs, message.EndMs, message.Revision, Read(message.Data))
    {
        MergedIntoStartMs = message.HasMergedIntoStartMs ? message.MergedIntoStartMs : null,
    };

    private static WindowDataPart Write(WindowData data)
    {
        var part = new WindowDataPart { Count = data.Count, Sum = data.Sum, Min = data.Min, Max = data.Max, Avg = data.Avg, LastUpdatedMs = data.LastUpdatedMs };
        if (data.Last is { } last)
            part.Last = last;
        if (data.StdDev is { } deviation)
            part.StdDev = deviation;
        if (data.Distinct is { } distinct)
            part.Distinct = distinct;
        if (data.Quantiles is { } quantiles)
        {
            part.WithQuantiles = true;
            part.Quantiles.AddRange(quantiles);
        }
        return part;
    }

    private static WindowData Read(WindowDataPart? part)
    {
        if (part is not { HasSum: true, HasMin: true, HasMax: true, HasAvg: true })
            throw new SerializationException("Sum, min, max or avg of a result is missing.");
        return new WindowData(part.Count, part.Sum, part.Min, part.Max, part.Avg, part.LastUpdatedMs)
        {
            Last = part.HasLast ? part.Last : null,
            StdDev = part.HasStdDev ? part.StdDev : null,
            Distinct = part.HasDistinct ? part.Distinct : null,
            Quantiles = part.WithQuantiles ? part.Quantiles.ToArray() : null,
        };
    }

    internal static WindowTypePart ToType(WindowType type) => type switch
    {
        WindowType.Tumbling => WindowTypePart.Tumbling,
        WindowType.Sliding => WindowTypePart.Sliding,
        WindowType.Session => WindowTypePart.Session,
        _ => throw new SerializationException($"Window type {type} has no number on the wire."),
    };

    internal static WindowType FromType(WindowTypePart type) => type switch
    {
        WindowTypePart.Tumbling => WindowType.Tumbling,
        WindowTypePart.Sliding => WindowType.Sliding,
        WindowTypePart.Session => WindowType.Session,
        _ => throw new SerializationException($"Window type {(int)type} is unknown to this version."),
    };
}
