namespace ActorStream.Domain.Windows;

/// <summary>Collects windows as values.</summary>
internal sealed class WindowCapture
{
    public readonly List<PanedKeyState> PanedKeys = [];
    public readonly List<PaneState> Panes = [];
    public readonly List<FiredWindowState> Fired = [];
    public readonly List<SessionKeyState> SessionKeys = [];
    public readonly List<SessionState> Sessions = [];

    public WindowContents ToContents() => new(PanedKeys.ToArray(), Panes.ToArray(), Fired.ToArray(), SessionKeys.ToArray(), Sessions.ToArray());
}
