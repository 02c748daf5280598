using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Windows for which something of what a stored state says about its plan is lost or made up.</summary>
internal abstract class StampLogic(WindowState windows) : WindowLogicAround(windows)
{
    public override void Fold(IStateChange change)
    {
        var stored = (WindowStateChange)change;
        var (stamp, books) = Read(stored.Stamp!, stored.Books);
        base.Fold(stored with { Stamp = stamp, Books = books });
    }

    public override void Restore(IStateSnapshot snapshot)
    {
        var stored = (WindowStateSnapshot)snapshot;
        var (stamp, books) = Read(stored.Stamp!, stored.Books);
        base.Restore(stored with { Stamp = stamp, Books = books });
    }

    protected abstract (PlanStamp? Stamp, WindowBooks Books) Read(PlanStamp stamp, WindowBooks books);

    protected static PlanStamp WithoutFloor(PlanStamp stamp) => stamp with { Specs = [.. stamp.Specs.Select(s => s with { ClosedThrough = PartitionId.NoTime })] };
}

/// <summary>A window that the stored state does not have begins as if nothing of it could have been said.</summary>
internal sealed class NoFloorOfAddedLogic(WindowState windows, WindowPlan plan) : StampLogic(windows)
{
    protected override (PlanStamp? Stamp, WindowBooks Books) Read(PlanStamp stamp, WindowBooks books)
    {
        var added = plan.Specs.Where(own => !stamp.Specs.Any(s => s.Spec.HasWindowsOf(own))).Select(s => new SpecStamp(s, PartitionId.NoTime)).ToList();
        return (stamp with { Specs = [.. stamp.Specs, .. added] }, books with { Specs = [.. books.Specs, .. added.Select(_ => default(SpecBooks))] });
    }
}

/// <summary>The floor lasts until the next recovery.</summary>
internal sealed class FloorNotStoredLogic(WindowState windows) : StampLogic(windows)
{
    protected override (PlanStamp? Stamp, WindowBooks Books) Read(PlanStamp stamp, WindowBooks books) => (WithoutFloor(stamp), books);
}

/// <summary>More lateness opens again what less had closed.</summary>
internal sealed class MoreLatenessReopensLogic(WindowState windows, WindowPlan plan) : StampLogic(windows)
{
    protected override (PlanStamp? Stamp, WindowBooks Books) Read(PlanStamp stamp, WindowBooks books) =>
        (stamp with { Specs = [.. stamp.Specs.Select(s => s with { Spec = plan.Specs.FirstOrDefault(own => own.HasWindowsOf(s.Spec)) ?? s.Spec })] }, books);
}

/// <summary>Where it has as many windows as its plan, a stored state is taken to be of those, in their order.</summary>
internal sealed class WindowsByPlaceLogic(WindowState windows, WindowPlan plan) : StampLogic(windows)
{
    protected override (PlanStamp? Stamp, WindowBooks Books) Read(PlanStamp stamp, WindowBooks books) =>
        (stamp.Specs.Count == plan.Specs.Count && stamp.Specs.Zip(plan.Specs).All(s => s.First.Spec.Type == s.Second.Type) ? stamp with { Specs = [.. plan.Specs.Select((s, i) => stamp.Specs[i] with { Spec = s })] } : stamp, books);
}
