using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

public enum WindowBound
{
    Keys,
    Windows,

    /// <summary>Late events that are not durable yet.</summary>
    Late,
}

/// <summary>The record that waits at a bound of its key group.</summary>
/// <param name="Watermark">How far the windows have fired. While it does not move nothing closes: raise the bound, or refuse.</param>
public sealed record WindowBlock(PartitionId Partition, long Offset, string Key, WindowBound Bound, long Watermark);
