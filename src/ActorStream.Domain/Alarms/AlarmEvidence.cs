using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>What a decision read, taken at the decision: the rule may be another one, and the state is, by the time somebody asks.</summary>
/// <param name="SampleValue">The sample's own value; differs from what was compared where a window was.</param>
/// <param name="Window">Null for an instantaneous rule.</param>
/// <param name="ForMs">0: no such gate.</param>
/// <param name="HeldSinceMs">Sample time at which the condition began to hold, epoch milliseconds.</param>
/// <param name="Trigger">The rule's.</param>
/// <param name="WasHolding">The condition held before this sample.</param>
/// <param name="CooldownMs">0: no such gate.</param>
/// <param name="LastNotifiedMs">Sample time of the notification before, in the cooldown's scope, epoch milliseconds; null: there was none.</param>
/// <param name="FeedingPartitions">Partitions that fed this metric so far; more than one makes order-dependent gates depend on interleaving (protocol.md B11).</param>
public sealed record AlarmEvidence(
    double SampleValue, WindowEvidence? Window, long ForMs, long HeldSinceMs, RuleTrigger Trigger, bool WasHolding, long CooldownMs, CooldownScope CooldownScope, long? LastNotifiedMs, int FeedingPartitions);

/// <summary>A trailing window at a decision.</summary>
/// <param name="Sum">Of all samples in it.</param>
/// <param name="Newest">At most <see cref="NewestMax"/> samples, newest first.</param>
public sealed record WindowEvidence(long WindowMs, long Count, double Sum, long OldestMs, long NewestMs, IReadOnlyList<WindowSample> Newest)
{
    public const int NewestMax = 20;

    public bool Equals(WindowEvidence? other) =>
        other is not null && WindowMs == other.WindowMs && Count == other.Count && Sum.Equals(other.Sum) && OldestMs == other.OldestMs && NewestMs == other.NewestMs && Newest.SequenceEqual(other.Newest);

    public override int GetHashCode() => HashCode.Combine(WindowMs, Count, Sum, OldestMs, NewestMs);
}

public readonly record struct WindowSample(long TimeMs, double Value);
