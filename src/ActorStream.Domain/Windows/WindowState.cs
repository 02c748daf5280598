using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

/// <summary>The windows of one key group of a pipeline (protocol.md rules 24 and 25).</summary>
/// <remarks>
/// Outline of an event: 1. each spec says which of its windows take it, by the watermark of the event's own partition and by how far this group has
/// fired; 2. nothing has changed yet, so that it can wait at a bound; 3. it is added; 4. windows that had fired and took something emit one further
/// revision at the end of the Apply. Time comes by ticks only: a window fires when the watermark reaches its end, and waits while the outbox is full.
/// Results come in order of (due, start, spec, key).
/// </remarks>
public sealed partial class WindowState : IWindowLogic
{
    private const int TouchedMax = 1_000;

    private readonly WindowPlan _plan;
    private readonly long _version;
    private readonly WindowShared _shared = new() { Watermark = PartitionId.NoTime };
    private readonly SpecWindows[] _specs;
    private readonly Verdict[] _verdicts;
    private readonly Intake _intake;
    private long _capturedWatermark = PartitionId.NoTime;
    private bool _isReplayed;
    private PlanStamp? _stamp;
    private long _storedVersion;
    private bool _isStampNew;

    /// <param name="version">Change of the pipeline that the plan is of.</param>
    /// <exception cref="ArgumentException">The plan has faults.</exception>
    public WindowState(WindowPlan plan, long version = 0)
    {
        if (plan.Faults() is { Count: > 0 } faults)
            throw new ArgumentException($"Pipeline {plan.PipelineId}: {string.Join(' ', faults)}", nameof(plan));
        (_plan, _version) = (plan, version);
        _specs = [.. plan.Specs.Select((s, i) => (SpecWindows)(s.Type == WindowType.Session ? new SessionWindows(plan, i, _shared) : new PanedWindows(plan, i, _shared)))];
        _verdicts = new Verdict[_specs.Length];
        _intake = new Intake(plan.Bounds, _specs.Length);
    }

    /// <summary>How far the windows have fired, epoch milliseconds; <see cref="PartitionId.NoTime"/> before the first tick.</summary>
    public long Watermark => _shared.Watermark;

    /// <summary>Keys that hold a window, counted per spec.</summary>
    public int Keys => _shared.Keys;

    /// <summary>Panes and sessions held; what <see cref="WindowBounds.WindowsMax"/> bounds.</summary>
    public int OpenWindows => _shared.Cells;

    public WindowBooks Books => _intake.Books([.. _specs.Select(s => s.Books)]);

    /// <summary>The record that the last Apply stopped before, at a bound of this group; null when it did not.
    /// It holds back its partition, and with it perhaps the watermark that alone can make room: operators must see it.</summary>
    public WindowBlock? Blocked => _intake.Blocked;

    /// <summary>Windows whose time has come wait for the outbox.</summary>
    public bool HasDue
    {
        get
        {
            Prepare();
            return _shared.Due.TryPeek(Watermark, out _, out _);
        }
    }

    public bool IsDirty => _shared.Dirty.Count > 0 || Watermark != _capturedWatermark || _intake.IsDirty || _isStampNew;

    /// <summary>The stored state was written by a later change of the pipeline than this one: it has left out what it does not know, so nothing of it may be written.</summary>
    public bool IsOutdated => _storedVersion > _version;

    /// <summary>What the stored state held of windows that this plan has no more; it is gone with the next event.</summary>
    public IReadOnlyList<DroppedWindows> Dropped { get; private set; } = [];

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var events = (EventBatch)batch;
        Advance(outputs);
        foreach (var spec in _specs)
            spec.Begin(events);
        _intake.Begin();
        try
        {
            while (true)
            {
                if (_specs.Length == 1)
                    AddRun(events, partition, ref index);
                if (index == events.Count || !ApplyOne(partition, events, index, outputs))
                    break;
                index++;
            }
        }
        finally
        {
            Revise(outputs);
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
        _shared.Watermark = Math.Max(_shared.Watermark, tick.Watermark);
        Advance(outputs);
    }

    public void Resume(IOutputs outputs) => Advance(outputs);

    /// <summary>What was rejected since the last call; to be made durable before the event that covers it.</summary>
    public IReadOnlyList<LateEvent> TakeLate() => _intake.TakeLate();

    public void Journaled()
    {
    }

    /// <summary>Windows held, in order of start, spec and key; at most <paramref name="limit"/>. For operators.</summary>
    public IReadOnlyList<WindowDescription> Describe(int limit)
    {
        var listing = new WindowListing(limit);
        foreach (var spec in _specs)
            spec.Describe(listing);
        return listing.ToList();
    }

    private void AddRun(EventBatch batch, PartitionId partition, ref int index)
    {
        var end = _specs[0].AddRun(batch, index, partition.Partition);
        _intake.CountOnTime(end - index);
        index = end;
    }

    /// <summary>False: the record waits at a bound, and nothing has changed.</summary>
    private bool ApplyOne(PartitionId partition, EventBatch batch, int index, IOutputs outputs)
    {
        var columns = batch.Columns;
        var at = batch.Start + index;
        columns.CheckReadable(at);
        var e = WindowEvent.Of(columns, at, partition.Partition);
        if (_specs.Length > 1 && TryAddFound(columns, at, e))
            return true;
        for (var i = 0; i < _specs.Length; i++)
            _verdicts[i] = _specs[i].Judge(columns, at);
        if (!CanConclude(outputs))
            return false;
        var admission = Admit(partition, columns, at);
        if (admission == Admission.Passes)
            Take(partition, columns, at, e);
        else if (admission == Admission.Refused)
            Refuse(partition, columns, e, columns.Keys[columns.KeyIndexes[at]]);
        return admission != Admission.Waits;
    }

    /// <summary>The event falls into what is open, on time for every window of every spec.</summary>
    private bool TryAddFound(EventColumns columns, int at, in WindowEvent e)
    {
        foreach (var spec in _specs)
        {
            if (!spec.TryFind(columns, at))
                return false;
        }
        foreach (var spec in _specs)
            spec.AddFound(columns, at, e);
        _intake.CountOnTime(1);
        return true;
    }

    private bool CanConclude(IOutputs outputs)
    {
        if (!Array.Exists(_verdicts, v => v.Concludes))
            return true;
        if (_shared.TouchedWindows >= TouchedMax)
            Revise(outputs);
        return !outputs.Full;
    }

    private Admission Admit(PartitionId partition, EventColumns columns, int at)
    {
        var (keys, cells) = (0, 0);
        foreach (ref readonly var verdict in _verdicts.AsSpan())
        {
            keys += verdict is { IsAccepted: true, NeedsKey: true } ? 1 : 0;
            cells += verdict is { IsAccepted: true, NeedsCell: true } ? 1 : 0;
        }
        return _intake.Admit(partition, columns, at, (_shared.Keys, keys), (_shared.Cells, cells), Watermark);
    }

    private void Refuse(PartitionId partition, EventColumns columns, in WindowEvent e, string key)
    {
        var spec = Array.FindIndex(_verdicts, v => v.IsAccepted && (v.NeedsKey || v.NeedsCell));
        _intake.Refuse(new LateEvent(partition, e.Offset, key, e.TimeMs, e.Value, spec, _verdicts[spec].WindowStartMs, _verdicts[spec].WindowEndMs, 0, Watermark, LateReason.Bound, IsRejected: true));
    }

    private void Take(PartitionId partition, EventColumns columns, int at, in WindowEvent e)
    {
        var (isAccepted, isLate) = (false, false);
        foreach (ref readonly var verdict in _verdicts.AsSpan())
            (isAccepted, isLate) = (isAccepted || verdict.IsAccepted, isLate || verdict.IsLate || verdict.Rejections > 0);
        _intake.Count(isAccepted, isLate);
        for (var i = 0; i < _specs.Length; i++)
        {
            var verdict = _verdicts[i];
            if (verdict.Rejections > 0)
            {
                _specs[i].CountRejections(verdict.Rejections);
                _intake.AddLate(new LateEvent(
                    partition, e.Offset, columns.Keys[columns.KeyIndexes[at]], e.TimeMs, e.Value, i,
                    verdict.WindowStartMs, verdict.WindowEndMs, verdict.Rejections, verdict.WatermarkMs, verdict.Reason, !isAccepted));
            }
            if (verdict.IsAccepted)
                _specs[i].Add(columns, at, e, verdict);
        }
    }

    /// <summary>Fires what is due while the outbox takes it, then closes what cannot change any more.</summary>
    private void Advance(IOutputs outputs)
    {
        Prepare();
        while (_shared.Due.TryPeek(Watermark, out var key, out var at) && !outputs.Full)
        {
            var spec = _specs[at.Spec];
            _shared.Due.Remove(key);
            // It may have moved since it was queued.
            if (spec.TryNextDue(key, out var next) && next == at)
            {
                spec.Fire(key, outputs);
                if (!spec.TryNextDue(key, out next))
                    continue;
            }
            if (next.Key is not null)
                _shared.Due.Add(key, next);
        }
        while (_shared.Due.TryTakeClosing(Watermark, out var closing, out var index))
            _specs[index].Close(closing);
    }

    private void Revise(IOutputs outputs)
    {
        foreach (var (spec, key) in _shared.Touched)
        {
            key.IsTouched = false;
            spec.Revise(key, outputs);
        }
        _shared.Touched.Clear();
        _shared.TouchedWindows = 0;
    }
}
