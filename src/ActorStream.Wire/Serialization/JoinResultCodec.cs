using System.Runtime.Serialization;
using ActorStream.Domain.Joins;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>A row of a join on its way to its topic, inside checkpoints and snapshots.</summary>
internal static class JoinResultCodec
{
    public static JoinResultMessage Write(JoinResult row) => new()
    {
        PipelineId = row.PipelineId,
        WindowName = row.WindowName,
        Key = row.Key,
        Type = WindowResultCodec.ToType(row.Type),
        StartMs = row.StartMs,
        EndMs = row.EndMs,
        Revision = row.Revision,
        Left = Write(row.Left),
        Right = row.Right is { } right ? Write(right) : null,
    };

    public static JoinResult Read(JoinResultMessage message) => new(
        message.PipelineId, message.WindowName, message.Key, WindowResultCodec.FromType(message.Type), message.StartMs, message.EndMs, message.Revision,
        Read(message.Left ?? throw new SerializationException("The left event of a row is missing.")), message.Right is { } right ? Read(right) : null);

    private static JoinedEventPart Write(JoinedEvent e) => new() { TimeMs = e.TimeMs, Value = e.Value, Partition = e.Partition, Incarnation = unchecked(e.Incarnation - 1), Offset = e.Offset };

    private static JoinedEvent Read(JoinedEventPart part) => part.HasValue
        ? new JoinedEvent(part.TimeMs, part.Value, part.Partition, unchecked(part.Incarnation + 1), part.Offset)
        : throw new SerializationException("The value of an event of a row is missing.");
}
