using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

internal enum EventKind
{
    /// <summary>Goes to the window group of its key.</summary>
    Event,

    /// <summary>Makes the group's logic throw; its time counts all the same.</summary>
    Poison,

    /// <summary>Cannot be decoded and has no time.</summary>
    Unreadable,
}

/// <param name="VisibleAt">Step from which it can be read, if all before it can.</param>
/// <param name="Value">Different for every event, so that a sum tells which ones it holds.</param>
internal readonly record struct EventRecord(long Offset, long VisibleAt, EventKind Kind, int Key, long TimeMs, double Value);

/// <summary>The time of a partition was raised from this position on; readers of this epoch and later ones know it.</summary>
internal readonly record struct Raise(long Position, long MaxEventTime, long Epoch);
