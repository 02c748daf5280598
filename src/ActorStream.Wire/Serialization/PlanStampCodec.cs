using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Which plan wrote a state of windows.</summary>
internal static class PlanStampCodec
{
    public static PlanStampPart Write(PlanStamp stamp)
    {
        var part = new PlanStampPart { Version = stamp.Version };
        foreach (var (spec, closedThrough) in stamp.Specs)
        {
            var one = new SpecStampPart
            {
                Type = WindowResultCodec.ToType(spec.Type), SizeMs = spec.SizeMs, SlideMs = spec.SlideMs, GapMs = spec.GapMs, AllowedLatenessMs = spec.AllowedLatenessMs,
            };
            if (closedThrough != PartitionId.NoTime)
                one.ClosedThrough = closedThrough;
            part.Specs.Add(one);
        }
        return part;
    }

    public static PlanStamp? Read(PlanStampPart? part) => part is null
        ? null
        : new PlanStamp(part.Version, part.Specs.Select(static s => new SpecStamp(
            new WindowSpec(WindowResultCodec.FromType(s.Type), s.SizeMs, s.SlideMs, s.GapMs, s.AllowedLatenessMs), s.HasClosedThrough ? s.ClosedThrough : PartitionId.NoTime)).ToArray());
}
