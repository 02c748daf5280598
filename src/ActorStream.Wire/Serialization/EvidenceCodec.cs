using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Why an alarm was decided. Times are differences to the alarm's, since most are equal to it or near; sums wrap on purpose.</summary>
internal static class EvidenceCodec
{
    public static EvidencePart Write(AlarmEvidence evidence, AlarmRecord alarm)
    {
        var part = new EvidencePart
        {
            ForMs = evidence.ForMs,
            HeldSince = unchecked(evidence.HeldSinceMs - alarm.TimeMs),
            Trigger = RuleScalars.ToTrigger(evidence.Trigger),
            WasHolding = evidence.WasHolding,
            CooldownMs = evidence.CooldownMs,
            CooldownScope = RuleScalars.ToScope(evidence.CooldownScope),
            FeedingPartitions = evidence.FeedingPartitions,
        };
        if (BitConverter.DoubleToInt64Bits(evidence.SampleValue) != BitConverter.DoubleToInt64Bits(alarm.Value))
            part.SampleValue = evidence.SampleValue;
        if (evidence.LastNotifiedMs is { } last)
            part.LastNotified = unchecked(last - alarm.TimeMs);
        if (evidence.Window is { } window)
            part.Window = Write(window);
        return part;
    }

    public static AlarmEvidence Read(EvidencePart part, double alarmValue, long alarmTimeMs) => new(
        part.HasSampleValue ? part.SampleValue : alarmValue,
        part.Window is { } window ? Read(window) : null,
        part.ForMs,
        unchecked(part.HeldSince + alarmTimeMs),
        RuleScalars.FromTrigger(part.Trigger),
        part.WasHolding,
        part.CooldownMs,
        RuleScalars.FromScope(part.CooldownScope),
        part.HasLastNotified ? unchecked(part.LastNotified + alarmTimeMs) : null,
        part.FeedingPartitions);

    public static WindowSamplesPart Write(IReadOnlyList<WindowSample> samples)
    {
        var part = new WindowSamplesPart();
        part.Times.Capacity = part.Values.Capacity = samples.Count;
        var before = 0L;
        foreach (var sample in samples)
        {
            part.Times.Add(unchecked(sample.TimeMs - before));
            part.Values.Add(sample.Value);
            before = sample.TimeMs;
        }
        return part;
    }

    public static WindowSample[] Read(WindowSamplesPart? part)
    {
        if (part is null)
            throw new SerializationException("The samples of a window are missing.");
        Columns.RequireCount(part.Values.Count, part.Times.Count, "values");
        var times = Columns.FromDifferences(part.Times, part.Times.Count, "times");
        var samples = new WindowSample[times.Length];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = new WindowSample(times[i], part.Values[i]);
        return samples;
    }

    private static WindowEvidencePart Write(WindowEvidence window) => new()
    {
        WindowMs = window.WindowMs,
        Count = window.Count,
        Sum = window.Sum,
        OldestMs = window.OldestMs,
        NewestMs = window.NewestMs,
        Newest = Write(window.Newest),
    };

    private static WindowEvidence Read(WindowEvidencePart part) => new(part.WindowMs, part.Count, part.Sum, part.OldestMs, part.NewestMs, Read(part.Newest));
}
