using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

/// <summary>How an event fares at the bounds of its key group.</summary>
internal enum Admission
{
    Passes,

    /// <summary>Nothing has changed.</summary>
    Waits,
    Refused,
}

/// <summary>The door of a key group, the same for windows that sum up and for joins: its bounds, what waits at them, the books of events, and what was rejected and is not durable yet.</summary>
/// <param name="specs">Window specs: one event may be late for each.</param>
internal sealed class Intake(WindowBounds bounds, int specs)
{
    private List<LateEvent> _late = [];
    private Counts _counts;
    private Counts _captured;

    /// <inheritdoc cref="IWindowLogic.Blocked"/>
    public WindowBlock? Blocked { get; private set; }

    /// <summary>Events were counted since the last capture.</summary>
    public bool IsDirty => _counts != _captured;

    public void Begin() => Blocked = null;

    /// <param name="keys">Held, and how many more the event needs.</param>
    /// <param name="windows">The same of what <see cref="WindowBounds.WindowsMax"/> bounds.</param>
    /// <param name="watermark">How far the windows have fired.</param>
    public Admission Admit(PartitionId partition, EventColumns columns, int at, (int Held, int New) keys, (int Held, int New) windows, long watermark)
    {
        if (_late.Count + specs > bounds.LateMax)
            return Wait(WindowBound.Late);
        if (Lacking(keys, windows) is not { } lacking)
            return Admission.Passes;
        return bounds.AtBound == AtBound.Refuse ? Admission.Refused : Wait(lacking);

        Admission Wait(WindowBound bound)
        {
            Blocked = new WindowBlock(partition, columns.Offsets[at], columns.Keys[columns.KeyIndexes[at]], bound, watermark);
            return Admission.Waits;
        }
    }

    public void CountOnTime(long events)
    {
        _counts.In += events;
        _counts.OnTime += events;
    }

    /// <param name="isAccepted">Some window took it.</param>
    /// <param name="isLate">Some window was late for it, or rejected it.</param>
    public void Count(bool isAccepted, bool isLate)
    {
        _counts.In++;
        if (!isAccepted)
            _counts.LateRejected++;
        else if (isLate)
            _counts.LateAccepted++;
        else
            _counts.OnTime++;
    }

    public void Refuse(LateEvent refused)
    {
        _counts.In++;
        _counts.Refused++;
        _late.Add(refused);
    }

    public void AddLate(LateEvent late) => _late.Add(late);

    /// <inheritdoc cref="IWindowLogic.TakeLate"/>
    public IReadOnlyList<LateEvent> TakeLate()
    {
        if (_late.Count == 0)
            return [];
        var late = _late;
        _late = [];
        return late;
    }

    public WindowBooks Books(IReadOnlyList<SpecBooks> windows) => new(_counts.In, _counts.OnTime, _counts.LateAccepted, _counts.LateRejected, _counts.Refused, windows);

    public void Captured() => _captured = _counts;

    /// <summary>Goes on with what a stored state has counted.</summary>
    public void GoOn(WindowBooks books) => _counts = _captured = new Counts(books.In, books.OnTime, books.LateAccepted, books.LateRejected, books.Refused);

    /// <summary>What needs no room is never held up by the lack of it.</summary>
    private WindowBound? Lacking((int Held, int New) keys, (int Held, int New) windows)
    {
        if (keys.New > 0 && keys.Held + keys.New > bounds.KeysMax)
            return WindowBound.Keys;
        return windows.New > 0 && windows.Held + windows.New > bounds.WindowsMax ? WindowBound.Windows : null;
    }

    private record struct Counts(long In, long OnTime, long LateAccepted, long LateRejected, long Refused);
}
