namespace ActorStream.Domain.Windows;

/// <summary>Cuts time at every start and every end of a spec's windows, so that a window is a run of whole panes: one per slide, or two where the size is no multiple of the slide.</summary>
/// <remarks>After: Krishnamurthy, Wu, Franklin, On-the-fly sharing for streamed aggregation (SIGMOD 2006), paired windows.</remarks>
internal readonly struct PaneGrid(WindowSpec spec)
{
    private readonly long _rest = spec.SizeMs % spec.SlideMs;

    public long PaneOf(long timeMs)
    {
        var slide = spec.LastWindow(timeMs);
        if (_rest == 0)
            return slide;
        return (2 * slide) + (timeMs - spec.StartOf(slide) >= _rest ? 1 : 0);
    }

    public long StartOf(long pane) => _rest == 0 ? spec.StartOf(pane) : spec.StartOf(pane >> 1) + ((pane & 1) * _rest);

    public long EndOf(long pane) => StartOf(pane + 1);

    /// <summary>Lowest window that covers the pane.</summary>
    public long FirstWindow(long pane) => spec.FirstWindow(StartOf(pane));

    /// <summary>Highest window that covers the pane.</summary>
    public long LastWindow(long pane) => _rest == 0 ? pane : pane >> 1;
}
