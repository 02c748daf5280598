using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <content>Capture and replay.</content>
public sealed partial class WindowState
{
    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        var capture = new WindowCapture();
        foreach (var (spec, key) in _shared.Dirty)
        {
            spec.Capture(key, capture, all: false);
            key.IsDirty = false;
        }
        _shared.Dirty.Clear();
        (_capturedWatermark, _captured) = (Watermark, _counts);
        return new WindowStateChange(Watermark, Books, capture.ToContents());
    }

    public IStateSnapshot CaptureAll()
    {
        var capture = new WindowCapture();
        foreach (var spec in _specs)
            spec.CaptureAll(capture);
        return new WindowStateSnapshot(Watermark, Books, capture.ToContents());
    }

    public void Fold(IStateChange change)
    {
        if (change is not WindowStateChange windows)
            throw new InvalidDataException($"The journal of pipeline {_plan.PipelineId} holds a {change.GetType().Name}, which is no state of windows.");
        Take(windows.Watermark, windows.Books, windows.Contents);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not WindowStateSnapshot windows)
            throw new InvalidDataException($"The snapshot of pipeline {_plan.PipelineId} holds a {snapshot.GetType().Name}, which is no state of windows.");
        foreach (var spec in _specs)
            spec.Clear();
        _shared.Dirty.Clear();
        (_shared.Keys, _shared.Cells) = (0, 0);
        Take(windows.Watermark, windows.Books, windows.Contents);
    }

    private void Take(long watermark, WindowBooks books, WindowContents contents)
    {
        if (books.Specs.Count != _specs.Length)
            throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} is of {books.Specs.Count} window specs, the pipeline has {_specs.Length}.");
        _shared.Watermark = _capturedWatermark = watermark;
        _counts = _captured = new WindowCounts { In = books.In, OnTime = books.OnTime, LateAccepted = books.LateAccepted, LateRejected = books.LateRejected, Refused = books.Refused };
        for (var i = 0; i < _specs.Length; i++)
            _specs[i].RestoreBooks(books.Specs[i]);
        ReadOnlySpan<PaneState> panes = contents.Panes.ToArray();
        ReadOnlySpan<FiredWindowState> fired = contents.Fired.ToArray();
        ReadOnlySpan<SessionState> sessions = contents.Sessions.ToArray();
        foreach (var key in contents.PanedKeys)
        {
            SpecOf<PanedWindows>(key.Spec).Fold(key, panes[..key.Panes], fired[..key.Fired]);
            panes = panes[key.Panes..];
            fired = fired[key.Fired..];
        }
        foreach (var key in contents.SessionKeys)
        {
            SpecOf<SessionWindows>(key.Spec).Fold(key, sessions[..key.Sessions]);
            sessions = sessions[key.Sessions..];
        }
        _isReplayed = true;
    }

    private T SpecOf<T>(int index)
        where T : SpecWindows =>
        _specs[index] as T ?? throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} has windows of another type for spec {index}.");

    /// <summary>After a replay the queue is made anew.</summary>
    private void Prepare()
    {
        if (!_isReplayed)
            return;
        _isReplayed = false;
        _shared.Due.Clear();
        foreach (var spec in _specs)
            spec.Enqueue();
    }
}
