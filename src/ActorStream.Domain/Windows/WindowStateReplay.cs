using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <content>Capture and replay. Each stored state says which specs it is of: a journal may begin under one plan and go on under another.</content>
public sealed partial class WindowState
{
    private PlanStamp Stamp => _stamp ??= new PlanStamp(_version, [.. _specs.Select(static s => s.Stamp)]);

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
        _intake.Captured();
        (_capturedWatermark, _isStampNew) = (Watermark, false);
        return new WindowStateChange(Watermark, Books, capture.ToContents()) { Stamp = Stamp };
    }

    public IStateSnapshot CaptureAll()
    {
        var capture = new WindowCapture();
        foreach (var spec in _specs)
            spec.CaptureAll(capture);
        return new WindowStateSnapshot(Watermark, Books, capture.ToContents()) { Stamp = Stamp };
    }

    public void Fold(IStateChange change)
    {
        if (change is not WindowStateChange windows)
            throw new InvalidDataException($"The journal of pipeline {_plan.PipelineId} holds a {change.GetType().Name}, which is no state of windows.");
        Take(windows.Stamp, windows.Watermark, windows.Books, windows.Contents);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not WindowStateSnapshot windows)
            throw new InvalidDataException($"The snapshot of pipeline {_plan.PipelineId} holds a {snapshot.GetType().Name}, which is no state of windows.");
        foreach (var spec in _specs)
            spec.Clear();
        _shared.Dirty.Clear();
        Take(windows.Stamp, windows.Watermark, windows.Books, windows.Contents);
    }

    private void Take(PlanStamp? stamp, long watermark, WindowBooks books, WindowContents contents)
    {
        var stored = SpecsOf(stamp, books);
        _shared.Watermark = _capturedWatermark = watermark;
        _intake.GoOn(books);
        for (var i = 0; i < stored.Length; i++)
            stored[i]?.GoOn(books.Specs[i], stamp?.Specs[i], watermark);
        foreach (var spec in _specs.Except(stored))
            spec!.StartAnew(watermark);
        (_stamp, _storedVersion) = (null, stamp?.Version ?? 0);
        _isStampNew = !IsOutdated && !Stamp.Says(stamp);
        Dropped = stamp is null ? [] : [.. stamp.Specs.Select((s, i) => new DroppedWindows(s.Spec, books.Specs[i].Active)).Where((_, i) => stored[i] is null)];
        Take(stored, contents);
        _isReplayed = true;
    }

    private void Take(SpecWindows?[] stored, WindowContents contents)
    {
        ReadOnlySpan<PaneState> panes = contents.Panes.ToArray();
        ReadOnlySpan<FiredWindowState> fired = contents.Fired.ToArray();
        ReadOnlySpan<SessionState> sessions = contents.Sessions.ToArray();
        foreach (var key in contents.PanedKeys)
        {
            SpecOf<PanedWindows>(stored, key.Spec)?.Fold(key, panes[..key.Panes], fired[..key.Fired]);
            panes = panes[key.Panes..];
            fired = fired[key.Fired..];
        }
        foreach (var key in contents.SessionKeys)
        {
            SpecOf<SessionWindows>(stored, key.Spec)?.Fold(key, sessions[..key.Sessions]);
            sessions = sessions[key.Sessions..];
        }
    }

    /// <summary>This plan's specs by the index that the stored state knows them by; null where the plan has those windows no more.</summary>
    private SpecWindows?[] SpecsOf(PlanStamp? stamp, WindowBooks books)
    {
        if (stamp is null && books.Specs.Count != _specs.Length)
            throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} is of {books.Specs.Count} window specs, the pipeline has {_specs.Length}. It was written by a version that does not say which: give the pipeline those windows until it has written once, then change them.");
        if (stamp is null)
            return [.. _specs];
        if (stamp.Specs.Count != books.Specs.Count)
            throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} names {stamp.Specs.Count} window specs and has books of {books.Specs.Count}.");
        return [.. stamp.Specs.Select(s => Array.Find(_specs, own => own.Stamp.Spec.HasWindowsOf(s.Spec)))];
    }

    private T? SpecOf<T>(SpecWindows?[] stored, int index)
        where T : SpecWindows
    {
        if (index < 0 || index >= stored.Length)
            throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} has windows of spec {index}, of {stored.Length}.");
        return stored[index] is null ? null : stored[index] as T ?? throw new InvalidDataException($"The state of pipeline {_plan.PipelineId} has windows of another type for spec {index}.");
    }

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
