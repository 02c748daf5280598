using System.Globalization;
using ActorStream.Domain.Rules;
using static ActorStream.Domain.Alarms.RuleExplainer;

namespace ActorStream.Domain.Alarms;

/// <summary>Why an alarm was raised, from the evidence that it carries.</summary>
public static class AlarmExplanation
{
    /// <summary>The gates the sample passed, in the order it met them; of what an older version wrote, and of a test message, none.</summary>
    public static IReadOnlyList<PassedGate> Gates(AlarmRecord alarm)
    {
        if (alarm.Evidence is not { } evidence || alarm.Kind is not (AlarmKind.Triggered or AlarmKind.Resolved))
            return [];
        var gates = new List<PassedGate>
        {
            new(RuleGate.Sample, Text($"The sample of {Time(alarm.TimeMs)} is {evidence.SampleValue:R}; it was appended at {Time(alarm.AppendTimeMs)}.")),
            new(RuleGate.MadeAt, $"The rule's version {alarm.RulePosition} was made before."),
        };
        if (evidence.Window is { } window)
            gates.Add(new(RuleGate.Window, Text($"The window of {Seconds(window.WindowMs)} held {window.Count} samples from {Time(window.OldestMs)} to {Time(window.NewestMs)}, average {alarm.Value:R}.")));
        if (alarm.Kind == AlarmKind.Resolved)
            gates.Add(new(RuleGate.Operator, Text($"{alarm.Value:R} ended what held since {Time(evidence.HeldSinceMs)}; its first alarm is {alarm.Episode}.")));
        else
            AddOfTriggered(gates, alarm, evidence);
        return gates;
    }

    private static void AddOfTriggered(List<PassedGate> gates, AlarmRecord alarm, AlarmEvidence evidence)
    {
        gates.Add(new(RuleGate.Operator, Text($"{alarm.Value:R} {Comparison.Symbol(alarm.Operator)} {alarm.ThresholdText} holds.")));
        if (evidence.ForMs > 0)
            gates.Add(new(RuleGate.For, $"It held since {Time(evidence.HeldSinceMs)}; {Seconds(evidence.ForMs)} were asked for."));
        if (evidence.Trigger == RuleTrigger.Crossing)
            gates.Add(new(RuleGate.Trigger, $"The first to pass since the condition turned true at {Time(evidence.HeldSinceMs)}, or since the rule changed."));
        if (evidence.CooldownMs > 0)
            gates.Add(new(RuleGate.Cooldown, OfCooldown(alarm, evidence)));
    }

    private static string OfCooldown(AlarmRecord alarm, AlarmEvidence evidence)
    {
        var scope = evidence.CooldownScope == CooldownScope.Series ? "series" : "rule";
        return evidence.LastNotifiedMs is { } last
            ? $"The notification before, of this {scope}, was at {Time(last)}, {Seconds(evidence.CooldownMs)} or more ago; {alarm.Suppressed} alarms were kept back since."
            : $"The first notification of this {scope}.";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
