using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <summary>What a checkpoint of a key group's windows holds besides offsets: what changed, each window whole.</summary>
/// <param name="Watermark">How far the windows have fired, epoch milliseconds (protocol.md rule 25).</param>
public sealed record WindowStateChange(long Watermark, WindowBooks Books, WindowContents Contents) : IStateChange
{
    /// <summary>Null in states written before it was told: they are of the specs of the plan, in its order.</summary>
    public PlanStamp? Stamp { get; init; }
}

/// <summary>The same with every window.</summary>
public sealed record WindowStateSnapshot(long Watermark, WindowBooks Books, WindowContents Contents) : IStateSnapshot
{
    /// <inheritdoc cref="WindowStateChange.Stamp"/>
    public PlanStamp? Stamp { get; init; }
}

/// <summary>Windows as values. Panes, fired windows and sessions stand in the order of their keys, each key taking its number of them.</summary>
public sealed record WindowContents(
    IReadOnlyList<PanedKeyState> PanedKeys, IReadOnlyList<PaneState> Panes, IReadOnlyList<FiredWindowState> Fired, IReadOnlyList<SessionKeyState> SessionKeys, IReadOnlyList<SessionState> Sessions);

/// <summary>One key of one tumbling or sliding spec. A key left without panes is gone.</summary>
/// <param name="NextWindow">Windows of a lower index have fired.</param>
/// <param name="PanesFrom">Panes of a lower index are gone.</param>
/// <param name="Panes">How many changed.</param>
/// <param name="FiredFrom">Fired windows of a lower index are closed.</param>
/// <param name="Fired">How many changed.</param>
public readonly record struct PanedKeyState(int Spec, string Key, long NextWindow, long PanesFrom, int Panes, long FiredFrom, int Fired);

/// <summary>Events between two neighbouring edges of windows.</summary>
/// <param name="From">Lowest window that takes them; the lowest one that covers the pane, unless they were too late for that.</param>
public readonly record struct PaneState(long Index, long From, CellState Cell);

/// <summary>A window that has fired and may still change.</summary>
public readonly record struct FiredWindowState(long Window, int Revision);

/// <summary>One key of one session spec. A key left without sessions is gone.</summary>
/// <param name="SessionsFrom">Sessions of an earlier start are gone.</param>
/// <param name="Sessions">How many changed; each takes the place of those within it.</param>
public readonly record struct SessionKeyState(int Spec, string Key, long SessionsFrom, int Sessions);

/// <summary>A session.</summary>
/// <param name="Revision">The last one emitted, or -1.</param>
/// <param name="IsFired">It says what it holds; else it will when the watermark reaches its end.</param>
/// <param name="Absorbed">Sessions that were emitted under an id of their own and are to be retracted when this one fires.</param>
public readonly record struct SessionState(long StartMs, long EndMs, int Revision, bool IsFired, CellState Cell, IReadOnlyList<AbsorbedSession> Absorbed);

/// <summary>A session that was emitted and is part of another one now.</summary>
/// <param name="Revision">The last one emitted.</param>
public readonly record struct AbsorbedSession(long StartMs, long EndMs, int Revision);
