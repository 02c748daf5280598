using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>A join of two topics by key within a window, of one key group (protocol.md rules 24 and 25; windows.md, Joins).</summary>
/// <remarks>
/// Outline: 1. an event is judged as any event of a window and kept in a pane, its side beside the other; 2. when the watermark reaches a window's end,
/// every pair of it leaves as a row of its own; 3. a late event that a fired window takes adds its rows at once. Rows leave while the outbox has room, in a
/// fixed order, and how many have left is part of the state: a crash neither repeats nor loses one. While rows are leaving or due no record is applied,
/// so at every record all windows up to the watermark have fired, and nothing need be remembered of a fired window. Rows of windows leave in order of (due, start, key).
/// After: the window join of Flink's DataStream API, with rows that can be told apart and taken back.
/// </remarks>
public sealed partial class JoinState : IWindowLogic
{
    private readonly WindowPlan _plan;
    private readonly JoinPlan _join;
    private readonly WindowSpec _spec;
    private readonly PaneGrid _grid;
    private readonly bool _isFinal;
    private readonly DueQueue _due = new();
    private readonly KeyTable<JoinKey> _keys = new();
    private readonly List<JoinKey> _dirty = [];
    private readonly Intake _intake;
    private JoinRows? _rows;
    private SpecBooks _books;
    private (long Watermark, SpecBooks Books, JoinRowsState? Rows) _captured = (PartitionId.NoTime, default, null);
    private int _held;
    private bool _isReplayed;

    /// <exception cref="ArgumentException">The plan has faults, or no single tumbling or sliding window.</exception>
    public JoinState(JoinPlan join)
    {
        (_join, _plan) = (join, join.Windows);
        if (_plan.Faults() is { Count: > 0 } faults)
            throw new ArgumentException($"Pipeline {_plan.PipelineId}: {string.Join(' ', faults)}", nameof(join));
        if (_plan.Specs is not [{ Type: not WindowType.Session } spec])
            throw new ArgumentException($"Pipeline {_plan.PipelineId}: a join has one tumbling or sliding window.", nameof(join));
        (_spec, _grid, _isFinal, _intake) = (spec, new PaneGrid(spec), _plan.Emit == EmitMode.Final, new Intake(_plan.Bounds, specs: 1));
    }

    public long Watermark { get; private set; } = PartitionId.NoTime;

    public int Keys => _keys.Count;

    public int OpenWindows => _held;

    public WindowBooks Books => _intake.Books([_books]);

    public WindowBlock? Blocked => _intake.Blocked;

    public bool HasDue
    {
        get
        {
            Prepare();
            return _rows is not null || _due.TryPeek(Watermark, out _, out _);
        }
    }

    /// <summary>Never: no change of a join that its state would not fit is taken.</summary>
    public bool IsOutdated => false;

    public IReadOnlyList<DroppedWindows> Dropped => [];

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var events = (EventBatch)batch;
        _keys.Begin(events.Columns.Keys);
        _intake.Begin();
        Advance(outputs);
        while (index < events.Count && !HasDue && TryApply(partition, events.Columns, events.Start + index))
        {
            index++;
            Leave(outputs, events.Columns.Offsets[events.Start + index - 1]);
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
        Watermark = Math.Max(Watermark, tick.Watermark);
        Advance(outputs);
    }

    public void Resume(IOutputs outputs) => Advance(outputs);

    public IReadOnlyList<LateEvent> TakeLate() => _intake.TakeLate();

    public void Journaled()
    {
    }

    public IReadOnlyList<WindowDescription> Describe(int limit)
    {
        var listing = new WindowListing(limit);
        var firstUnfired = FirstUnfired();
        foreach (var key in _keys.All)
        {
            for (var window = key.OpenFrom; key.TryWindowFrom(_grid, window, out window) && listing.Wants(_spec.StartOf(window)); window++)
            {
                listing.Add(new WindowDescription(
                    $"{_plan.NameOf(0)}_{key.Key}_{_spec.StartOf(window)}", key.Key, 0, _spec.StartOf(window), _spec.EndOf(window), key.CountOf(_grid, window), window < Math.Max(key.NextWindow, firstUnfired)));
            }
        }
        return listing.ToList();
    }

    /// <summary>False: the record waits at a bound, and nothing has changed.</summary>
    private bool TryApply(PartitionId partition, EventColumns columns, int at)
    {
        columns.CheckReadable(at);
        var watermark = columns.WatermarksBefore[at];
        var windows = EventWindows.Of(_spec, columns.Times[at], Math.Max(watermark, Watermark) - _spec.AllowedLatenessMs);
        var needed = windows.IsAccepted ? 1 : 0;
        switch (_intake.Admit(partition, columns, at, (Keys, _keys.Find(columns.KeyIndexes[at]) is null ? needed : 0), (_held, needed), Watermark))
        {
            case Admission.Waits:
                return false;
            case Admission.Refused:
                _intake.Refuse(LateOf(partition, columns, at, windows.Accepted, 0, Watermark, LateReason.Bound, isRejected: true));
                return true;
        }
        _intake.Count(windows.IsAccepted, windows.Rejections > 0 || _spec.EndOf(windows.First) <= watermark);
        if (windows.Rejections > 0)
            Reject(partition, columns, at, windows);
        if (windows.IsAccepted)
            Add(partition, columns, at, windows.Accepted);
        return true;
    }

    private void Reject(PartitionId partition, EventColumns columns, int at, in EventWindows windows)
    {
        var watermark = columns.WatermarksBefore[at];
        var isOwn = _spec.EndOf(windows.Rejected) + _spec.AllowedLatenessMs <= watermark;
        _intake.AddLate(LateOf(
            partition, columns, at, windows.Rejected, windows.Rejections, isOwn ? watermark : Watermark, columns.ReasonOf(watermark, isOwn), isRejected: !windows.IsAccepted));
        _books = _books with { Rejections = _books.Rejections + windows.Rejections };
    }

    private void Add(PartitionId partition, EventColumns columns, int at, long from)
    {
        var key = _keys.Find(columns.KeyIndexes[at]);
        if (key is null)
            _keys.Add(columns.KeyIndexes[at], key = new JoinKey(columns.Keys[columns.KeyIndexes[at]], FirstUnfired()));
        // Nothing is due: what has not fired is what time has not reached.
        key.NextWindow = Math.Max(key.NextWindow, FirstUnfired());
        var index = _grid.PaneOf(columns.Times[at]);
        var place = key.Find(index, from);
        if (place < 0)
            MakePane(key, place = ~place, index, from);
        var side = partition.Topic == _join.RightTopic ? JoinSide.Right : JoinSide.Left;
        key.Panes[place].Add(side, new JoinedEvent(columns.Times[at], columns.Values[at], partition.Partition, partition.Incarnation, columns.Offsets[at]));
        _held++;
        MarkDirty(key);
        var lastFired = Math.Min(key.NextWindow - 1, _grid.LastWindow(index));
        if (from <= lastFired)
            _rows = new JoinRows(key, from, lastFired, side, index, from);
    }

    private LateEvent LateOf(PartitionId partition, EventColumns columns, int at, long window, long windows, long watermark, LateReason reason, bool isRejected) => new(
        partition, columns.Offsets[at], columns.Keys[columns.KeyIndexes[at]], columns.Times[at], columns.Values[at], 0,
        _spec.StartOf(window), _spec.EndOf(window), windows, watermark, reason, isRejected);

    private long FirstUnfired() => _spec.FirstEndingAfter(Watermark - (_isFinal ? _spec.AllowedLatenessMs : 0));

    private void MarkDirty(JoinKey key)
    {
        if (key.IsDirty)
            return;
        key.IsDirty = true;
        _dirty.Add(key);
    }
}
