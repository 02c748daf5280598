using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>What a checkpoint of a key group of a join holds besides offsets: what was added, and how far rows have left.</summary>
/// <param name="Watermark">How far the windows have fired, epoch milliseconds (protocol.md rule 25).</param>
/// <param name="Rows">Rows that are leaving; null when none are.</param>
public sealed record JoinStateChange(long Watermark, WindowBooks Books, JoinRowsState? Rows, JoinContents Contents) : IStateChange;

/// <summary>The same with every event.</summary>
public sealed record JoinStateSnapshot(long Watermark, WindowBooks Books, JoinRowsState? Rows, JoinContents Contents) : IStateSnapshot;

/// <summary>How far the rows of a window, or of a late event, have left.</summary>
/// <param name="LastWindow">Rows of these windows up to and with this one leave.</param>
/// <param name="NewSide">Of the late event, the last of its side in that pane; null: the window fires.</param>
/// <param name="Done">So many rows of <paramref name="Window"/> have left.</param>
public sealed record JoinRowsState(string Key, long Window, long LastWindow, JoinSide? NewSide, long PaneIndex, long PaneFrom, long Done);

/// <summary>Events as values. Panes stand in the order of their keys, each key taking its number of them; events in the order of panes, left ones first.</summary>
public sealed record JoinContents(IReadOnlyList<JoinKeyState> Keys, IReadOnlyList<JoinPaneState> Panes, IReadOnlyList<JoinedEvent> Events);

/// <summary>One key. Left without panes it is gone.</summary>
/// <param name="NextWindow">Windows of a lower index have fired.</param>
/// <param name="OpenFrom">Windows of a lower index are closed, and panes that no other covers are gone.</param>
/// <param name="Panes">How many got events.</param>
public readonly record struct JoinKeyState(string Key, long NextWindow, long OpenFrom, int Panes);

/// <summary>Events that a pane got.</summary>
/// <param name="From">Lowest window that takes them.</param>
public readonly record struct JoinPaneState(long Index, long From, int Left, int Right);
