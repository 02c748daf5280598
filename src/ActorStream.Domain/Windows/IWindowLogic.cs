using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <summary>What a key group of a pipeline is about: windows that sum up, or a join.</summary>
public interface IWindowLogic : IEntityLogic
{
    /// <summary>How far the windows have fired, epoch milliseconds; <see cref="Records.PartitionId.NoTime"/> before the first tick.</summary>
    long Watermark { get; }

    /// <summary>Keys that hold a window, counted per spec.</summary>
    int Keys { get; }

    /// <summary>What <see cref="WindowBounds.WindowsMax"/> bounds: panes and sessions held, of a join events held.</summary>
    int OpenWindows { get; }

    WindowBooks Books { get; }

    /// <summary>The record that the last Apply stopped before, at a bound of this group; null when it did not.
    /// It holds back its partition, and with it perhaps the watermark that alone can make room: operators must see it.</summary>
    WindowBlock? Blocked { get; }

    /// <summary>Results whose time has come wait for the outbox.</summary>
    bool HasDue { get; }

    /// <summary>The stored state was written by a later change of the pipeline than this one and is of other windows: nothing of it may be written.</summary>
    bool IsOutdated { get; }

    /// <summary>What the stored state held of windows that this plan has no more; it is gone with the next event.</summary>
    IReadOnlyList<DroppedWindows> Dropped { get; }

    /// <summary>What was rejected since the last call; to be made durable before the event that covers it.</summary>
    IReadOnlyList<LateEvent> TakeLate();

    /// <summary>Windows held, in order of start, spec and key; at most <paramref name="limit"/>. For operators.</summary>
    IReadOnlyList<WindowDescription> Describe(int limit);
}
