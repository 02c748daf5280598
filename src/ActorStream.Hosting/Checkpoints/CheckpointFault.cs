using System.Globalization;

namespace ActorStream.Hosting.Checkpoints;

/// <summary>Something that recovery could not go on with, or that no run of the program leaves behind.</summary>
/// <param name="Where">A persistence id, a reader's partition, or a topic.</param>
/// <param name="Sequence">Of the event or snapshot; null: the fault is of the whole.</param>
/// <param name="What">A sentence with the value and what it should be.</param>
/// <param name="Remedy">A sentence; empty where <paramref name="What"/> holds it.</param>
public sealed record CheckpointFault(string Where, long? Sequence, string What, string Remedy)
{
    public const string Restore = "Restore the state from a backup.";
    public const string RestoreBoth = "Restore topics and state from one moment.";

    public override string ToString() => $"{Where}{(Sequence is { } s ? string.Create(CultureInfo.InvariantCulture, $", sequence {s}") : "")}: {What} {Remedy}".TrimEnd();
}

/// <param name="Lines">What was looked at: one for each pipeline and each other type of entity, one for the topics.</param>
/// <param name="Notes">What could not be looked at, and why.</param>
/// <param name="Faults">Empty: everything fits.</param>
public sealed record VerifyReport(IReadOnlyList<string> Lines, IReadOnlyList<string> Notes, IReadOnlyList<CheckpointFault> Faults);
