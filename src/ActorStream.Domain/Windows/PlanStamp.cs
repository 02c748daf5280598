namespace ActorStream.Domain.Windows;

/// <summary>Which plan wrote a state, so that another plan can take from it what is still its own.</summary>
/// <param name="Version">Change of the pipeline (<see cref="Pipelines.PipelineSpec.Version"/>).</param>
/// <param name="Specs">In the order that the state's books and keys refer to.</param>
public sealed record PlanStamp(long Version, IReadOnlyList<SpecStamp> Specs)
{
    public bool Says(PlanStamp? other) => other is not null && Version == other.Version && Specs.SequenceEqual(other.Specs);
}

/// <param name="ClosedThrough">Windows with an end at or below it are closed for ever, whatever their lateness: they may have spoken under an earlier plan. Epoch milliseconds, at most
/// the watermark; <see cref="Records.PartitionId.NoTime"/>: none. Of sessions the end is that of an event's own [t, t + gap).</param>
public sealed record SpecStamp(WindowSpec Spec, long ClosedThrough);

/// <summary>Windows of a stored state that its plan has no more.</summary>
/// <param name="Windows">Open, or fired and still able to change.</param>
public readonly record struct DroppedWindows(WindowSpec Spec, long Windows);
