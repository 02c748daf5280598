using System.Runtime.CompilerServices;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>Running state of one rule about one series.</summary>
internal sealed class SeriesSlot(SeriesKey series)
{
    public bool IsHolding;
    public long HeldSinceMs;
    public bool IsFired;
    public AlarmId? Episode;
    public long? LastNotifiedMs;
    public long Suppressed;
    public SampleWindow? Window;

    /// <summary>Changed since the last capture.</summary>
    public bool IsDirty;

    // For operators only, and not journaled: no decision reads them.
    public long? EndedMs;
    public long? LastRaisedMs;
    public bool WasLate;

    public SeriesKey Series => series;

    /// <summary>The next sample may end something, whatever its value.</summary>
    public bool IsOpen
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsHolding || Episode is not null;
    }

    /// <summary>Says nothing that a series never seen does not say.</summary>
    public bool IsNeutral
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !IsOpen && LastNotifiedMs is null && Suppressed == 0 && Window is null;
    }

    public void EndRun() => (IsHolding, IsFired, HeldSinceMs) = (false, false, 0);

    public SeriesState Capture() => State(Window is { IsDirty: true } ? Window.Capture() : null);

    public SeriesState CaptureAll() => State(Window?.CaptureAll());

    public void Fold(SeriesState state)
    {
        (IsHolding, HeldSinceMs, IsFired) = (state.IsHolding, state.HeldSinceMs, state.IsFired);
        (Episode, LastNotifiedMs, Suppressed) = (state.Episode, state.LastNotifiedMs, state.Suppressed);
        if (state.WindowMs != (Window?.WindowMs ?? 0))
            Window = state.WindowMs == 0 ? null : new SampleWindow(state.WindowMs);
        if (state.Window is { } change)
            Window!.Fold(change);
    }

    private SeriesState State(WindowChange? window) => new(series)
    {
        IsHolding = IsHolding,
        HeldSinceMs = HeldSinceMs,
        IsFired = IsFired,
        Episode = Episode,
        LastNotifiedMs = LastNotifiedMs,
        Suppressed = Suppressed,
        WindowMs = Window?.WindowMs ?? 0,
        Window = window,
    };
}
